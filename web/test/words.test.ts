import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FluentBundle, FluentResource } from "@fluent/bundle";

const COMPLETE = ["es", "en"];
/** domain.md §3.8: what they lack is said in Spanish. */
const PREPARED = ["ca", "eu", "fr", "gl", "pt"];
const web = join(import.meta.dirname, import.meta.dirname.includes(".test") ? "../.." : "..");
const source = (language: string) => readFileSync(join(web, `src/words/${language}.ftl`), "utf8");

function messages(language: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const block of source(language).split(/\n(?=[a-z])/)) {
    const match = /^([a-z][A-Za-z0-9_-]*) = ([\s\S]*)$/.exec(block);
    if (match?.[1]) {
      assert.ok(!found.has(match[1]), `${language}: ${match[1]} twice`);
      found.set(match[1], match[2] ?? "");
    }
  }
  return found;
}

const placeholders = (text: string) => [...new Set([...text.matchAll(/\$([a-z]+)/g)].map((m) => m[1]))].sort();

test("every language says everything, with the same placeholders, and reads without errors", () => {
  const spanish = messages("es");
  for (const language of COMPLETE) {
    const bundle = new FluentBundle(language, { useIsolating: false });
    assert.deepEqual(bundle.addResource(new FluentResource(source(language))), []);
    const words = messages(language);
    assert.deepEqual([...words.keys()].sort(), [...spanish.keys()].sort(), language);
    for (const [key, text] of words) {
      assert.deepEqual(placeholders(text), placeholders(spanish.get(key) ?? ""), `${language}: ${key}`);
      assert.ok(bundle.getMessage(key)?.value, `${language}: ${key}`);
    }
  }
});

test("a language in preparation has nothing that Spanish has not, and the same placeholders (show 5)", () => {
  const spanish = messages("es");
  for (const language of PREPARED) {
    const bundle = new FluentBundle(language, { useIsolating: false });
    assert.deepEqual(bundle.addResource(new FluentResource(source(language))), [], language);
    const words = messages(language);
    assert.ok(words.size >= 80, `${language} has ${words.size} messages`);
    assert.match(source(language).split("\n")[0] ?? "", /EN PREP|EM PREP|EN PRÉP|PRESTATZEN/, `${language}: the head of the file says that it is in preparation`);
    for (const [key, text] of words) {
      assert.ok(spanish.has(key), `${language}: ${key} is not a message of the page`);
      assert.deepEqual(placeholders(text), placeholders(spanish.get(key) ?? ""), `${language}: ${key}`);
      assert.ok(bundle.getMessage(key)?.value, `${language}: ${key}`);
    }
  }
});

test("every file of words is one of a language the page offers, and is loaded when wanted", () => {
  const files = readdirSync(join(web, "src/words")).flatMap((name) => (name.endsWith(".ftl") ? [name.slice(0, -4)] : []));
  assert.deepEqual(files.sort(), [...COMPLETE, ...PREPARED].sort());
  const loader = readFileSync(join(web, "src/words/words.ts"), "utf8");
  for (const language of files) assert.ok(loader.includes(`${language}: () => import("./${language}.ftl?raw")`), language);
  assert.ok(loader.includes(`COMPLETE: readonly Language[] = [${COMPLETE.map((one) => `"${one}"`).join(", ")}]`));
});

test("every word the screens ask for exists", () => {
  const known = new Set(messages("es").keys());
  const used = new Set<string>();
  const patterns: RegExp[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (/\.tsx?$/.test(entry.name)) {
        const text = readFileSync(path, "utf8");
        for (const match of text.matchAll(/\bt\(\s*"([a-z0-9-]+)"/g)) used.add(match[1] as string);
        for (const match of text.matchAll(/\bt\(`([^`$]+)\$\{/g)) patterns.push(new RegExp(`^${match[1]}`));
        // Conditional keys: t(x ? "a" : "b").
        for (const match of text.matchAll(/\bt\([^()"]*\? "([a-z0-9-]+)" : "([a-z0-9-]+)"/g)) {
          used.add(match[1] as string);
          used.add(match[2] as string);
        }
      }
    }
  };
  walk(join(web, "src"));
  assert.ok(used.size > 200);
  assert.deepEqual([...used].filter((key) => !known.has(key)), []);
  for (const pattern of patterns) assert.ok([...known].some((key) => pattern.test(key)), String(pattern));
});

test("words for people: no words of the machine", () => {
  for (const language of [...COMPLETE, ...PREPARED]) {
    assert.doesNotMatch(source(language), /\b(peers?|CRDT|nodos?|nodes?|sockets?|automerge|hash)\b/i, language);
  }
});
