// The HTTP API of our own node. Errors are sentences of the node; ours are only for when it does not answer.

import { t } from "../words/words.ts";
import type { ApiError } from "./api.ts";

export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly next: string | null;
  readonly path: string | null;

  constructor(status: number, error: ApiError) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.next = error.next ?? null;
    this.path = error.path ?? null;
  }

  /** The sentence and what to do next. */
  get sentence(): string {
    return this.next ? `${this.message} ${this.next}` : this.message;
  }
}

export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      credentials: "same-origin",
      cache: "no-store",
      headers: { Accept: "application/json", ...(method === "GET" ? {} : { "Content-Type": "application/json" }) },
      ...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
    });
  } catch {
    throw new Refusal(0, { code: "offline", message: t("error-offline") });
  }
  const text = await answer.text();
  if (answer.ok) return (text === "" ? undefined : JSON.parse(text)) as T;
  throw new Refusal(answer.status, errorOf(text, answer.status));
}

function errorOf(text: string, status: number): ApiError {
  try {
    const error = JSON.parse(text) as ApiError;
    if (typeof error.message === "string" && typeof error.code === "string") return error;
  } catch {
    // Not the node speaking (a proxy, perhaps).
  }
  return { code: "http", message: t("error-http", { status }) };
}

/** The sentence of any failure. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Refusal) return error.sentence;
  return error instanceof Error ? error.message : String(error);
}
