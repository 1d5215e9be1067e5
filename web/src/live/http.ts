// The HTTP API of our own node. Errors are sentences of the node; ours are only for when it does not answer.

import { t } from "../words/words.ts";
import { signal } from "@preact/signals";
import { isKept, keepAnswer, keptAnswer } from "./answers.ts";
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

/** Whose answers are kept and used when the node cannot be reached. */
let reader: string | null = null;
/** The oldest answer that stands in for the node at the moment. */
export const answersFrom = signal<number | null>(null);
let stoodIn = 0;

/** How often a kept answer stood in so far. */
export function standIns(): number {
  return stoodIn;
}

export function readFor(who: string | null): void {
  reader = who;
  answersFrom.value = null;
}

/** No answer of the node at all, or something on the way that says it does not reach the node. */
export function isAway(error: unknown): boolean {
  return error instanceof Refusal && (error.status === 0 || (error.code === "http" && [502, 503, 504].includes(error.status)));
}

/** Asks the node. What it answered last stands in for it while it is away, where that is honest: `answersFrom` tells. */
export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const who = reader;
  if (method !== "GET" || who === null || !isKept(path)) return request<T>(method, path, body);
  try {
    return await request<T>(method, path, body, (text) => reader === who && keepAnswer(who, path, text));
  } catch (error) {
    const kept = isAway(error) ? await keptAnswer(who, path) : null;
    if (!kept || reader !== who) throw error;
    stoodIn += 1;
    answersFrom.value = Math.min(answersFrom.value ?? kept.at, kept.at);
    return JSON.parse(kept.text) as T;
  }
}

async function request<T>(method: string, path: string, body?: unknown, heard: (text: string) => void = () => {}): Promise<T> {
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
  if (answer.ok) {
    heard(text);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
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
