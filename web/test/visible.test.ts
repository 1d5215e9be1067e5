import assert from "node:assert/strict";
import { test } from "node:test";
import { visible } from "../src/words/visible.ts";

test("what hides in a name is written out (S21)", () => {
  assert.equal(visible("Jaén\u202etxt.exe"), "Jaén‹U+202E›txt.exe");
  assert.equal(visible("Pa\u200blencia"), "Pa‹U+200B›lencia");
  assert.equal(visible("\u2066a\u2069\ufeff\u00ad"), "‹U+2066›a‹U+2069›‹U+FEFF›‹U+00AD›");
  assert.equal(visible("a\u0000b\u0085\u2028"), "a‹U+0000›b‹U+0085›‹U+2028›");
  assert.equal(visible("\u{e0041}"), "‹U+E0041›");
  assert.equal(visible("\u3164"), "‹U+3164›");
});

test("names as people write them stay as they are", () => {
  for (const name of ["Palencia", "L’Hospitalet de Llobregat", "Ñuñoa · Cuñapé", "Donostia / San Sebastián", "12 000 €", "👩🏽‍🚒 y 👨‍👩‍👧", "❤️", "São Paulo\r\nSegunda\tlínea", "‹U+202E›"]) {
    assert.equal(visible(name), name);
  }
  assert.equal(visible("a\u200db"), "a‹U+200D›b", "a joiner that joins no pictures hides");
});

test("a right-to-left name keeps to itself, and saying it twice changes nothing", () => {
  const name = visible("القدس");
  assert.equal(name, "\u2068القدس\u2069");
  assert.equal(visible(name), name);
  assert.equal(visible(`Ana (${name})`), `Ana (${name})`);
  assert.equal(visible("\u2068a\u202eb\u2069"), "\u2068a‹U+202E›b\u2069", "an isolate of theirs hides nothing either");
  assert.equal(visible("\u2068a"), "‹U+2068›a");
});
