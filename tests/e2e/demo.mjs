// Two live cities with the demonstration's programme, for the shows that look at every screen.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { binary, freePort, until } from "./nodes.mjs";

/** Starts «alianza demo»; resolves with its cities ({city, url, user, password}) once both have the same. */
export async function demo({ cities = 2 } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), "alianza-screens-"));
  const child = spawn(binary(), ["demo", "--cities", String(cities), "--dir", path.join(folder, "demo"), "--port", String(await freePort()), "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((done) => child.on("close", done));
  const told = [];
  let said = "";
  child.stderr.on("data", (piece) => (said += piece));
  createInterface({ input: child.stdout }).on("line", (line) => told.push(JSON.parse(line)));
  const fronts = [];
  const end = async () => {
    for (const server of fronts) server.close(), server.closeAllConnections();
    if (child.exitCode === null) child.kill("SIGINT");
    const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
    await ended;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until("the demonstration is ready", () => {
      if (child.exitCode !== null) throw new Error(`it ended: ${said}`);
      return told.some((line) => line.ready);
    }, 120_000);
    const made = told.filter((line) => line.city);
    if (process.env.ALIANZA_PAGE) {
      const { front } = await import("../../web/dev/front.mjs");
      for (const one of made) {
        const port = await freePort();
        fronts.push(await front({ node: one.url, port, dist: path.resolve(process.env.ALIANZA_PAGE) }));
        one.url = `http://127.0.0.1:${port}`;
      }
    }
    return { cities: made, end };
  } catch (error) {
    await end();
    throw error;
  }
}
