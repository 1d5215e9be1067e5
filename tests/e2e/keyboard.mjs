// A walk with the keyboard through everything a screen offers: reached, seen, not covered, never caught.

const STEPS_MAX = 2_500;
/** A date has a stop for day, month, year and the calendar: the same element a few times is no trap. */
const SAME_MAX = 8;

/** What is wrong, in sentences; and how many stops there were. `within` limits it to a window that is open. */
export async function walk(page, within = "body") {
  // What was clicked before does not count: from here on it is the keyboard, and focus is to be seen.
  await page.keyboard.press("Tab");
  await page.evaluate(prepare, within);
  const found = new Set();
  let same = 0;
  let steps = 0;
  for (; steps < STEPS_MAX; steps++) {
    const step = await page.evaluate(look);
    for (const one of step.wrong) found.add(one);
    if (step.done) break;
    same = step.same ? same + 1 : 0;
    if (same > SAME_MAX) {
      // A field that uses Tab itself must let go of it after Escape.
      await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
      const after = await page.evaluate(look);
      if (after.same) {
        found.add(`a trap: ${step.what}`);
        break;
      }
      same = 0;
      continue;
    }
    await page.keyboard.press("Tab");
  }
  if (steps === STEPS_MAX) found.add(`more than ${STEPS_MAX} stops`);
  // What one stop stands for is walked with the arrows.
  const groups = await page.evaluate(groupsLeft);
  for (let group = 0; group < groups; group++) {
    for (const key of ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp"]) {
      const most = await page.evaluate(enter, group);
      for (let i = 0; i < most; i++) {
        await page.keyboard.press(key);
        if (!(await page.evaluate(moved))) break;
      }
    }
  }
  for (const one of await page.evaluate(missed)) found.add(one);
  await page.evaluate(() => document.activeElement?.blur());
  return { steps, found: [...found] };
}

/* What follows runs in the page. */

function prepare(within) {
  const root = document.querySelector(within);
  const offers = 'a[href], button, input, select, textarea, summary, [contenteditable="true"], [tabindex="0"], [role="button"], [role="link"]';
  const isOffer = (one) =>
    one.checkVisibility({ visibilityProperty: true }) && !one.matches(":disabled, [type=hidden], [inert] *") && one.getClientRects().length > 0;
  const name = (one) => `${one.tagName.toLowerCase()}${one.id ? `#${one.id}` : ""} «${(one.getAttribute("aria-label") ?? one.innerText ?? one.value ?? "").trim().slice(0, 40)}»`;
  const state = { reached: new Set(), last: null, started: false, first: null, name };
  state.offered = () => [...root.querySelectorAll(offers)].filter(isOffer);
  globalThis.walkState = state;
  document.activeElement?.blur();
  const start = within === "body" ? document.querySelector(".skip") : state.offered()[0];
  start?.focus();
}

function look() {
  const state = globalThis.walkState;
  const one = document.activeElement;
  const wrong = [];
  if (!one || one === document.body || (state.first === one && state.last !== one)) return { done: true, wrong };
  state.first ??= one;
  const same = state.last === one;
  const what = state.name(one);
  state.last = one;
  state.reached.add(one);
  if (same) return { done: false, same, what, wrong };

  // An unseen input (the choices) shows its focus on what stands for it.
  const shown = getComputedStyle(one).opacity === "0" ? (one.nextElementSibling ?? one) : one;
  const style = getComputedStyle(shown);
  if (style.outlineStyle === "none" || Number.parseFloat(style.outlineWidth) < 2) wrong.push(`focus is not seen on ${what}`);
  const box = shown.getBoundingClientRect();
  const inset = 3;
  const points = [0.5, 0, 1].flatMap((x) => [0.5, 0, 1].map((y) => [box.left + inset + x * (box.width - 2 * inset), box.top + inset + y * (box.height - 2 * inset)]));
  const seen = points.some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top !== null && (shown.contains(top) || one.contains(top) || (top.contains(shown) && !top.matches(".savebar, header, footer")) || top.control === one);
  });
  if (!seen) wrong.push(`focus is covered on ${what}`);
  const small = one.matches("button, summary, select, textarea, input:not([type=checkbox], [type=radio])") && Math.min(box.width, box.height) < 23.5;
  if (small) wrong.push(`${what} is ${Math.round(box.width)} × ${Math.round(box.height)} px`);
  return { done: false, same, what, wrong };
}

/** How many groups have a stop of Tab and something that Tab did not reach. */
function groupsLeft() {
  const state = globalThis.walkState;
  const composite = '[role="grid"], [role="treegrid"], [role="toolbar"], [role="tablist"], [role="menu"], [role="listbox"]';
  const left = new Map();
  for (const one of state.offered()) {
    const group = one.closest(composite);
    if (!group || state.reached.has(one)) continue;
    const stop = [...state.reached].find((other) => group.contains(other));
    if (stop) left.set(group, { stop, walked: new Set(), lying: group.matches('[role="grid"], [role="treegrid"]') });
  }
  state.groups = [...left.values()];
  state.left = left;
  return left.size;
}

/** The keyboard at the stop of a group; how many steps may be worth trying. */
function enter(index) {
  const state = globalThis.walkState;
  state.group = state.groups[index];
  state.group.stop.focus();
  state.last = state.group.stop;
  return 60;
}

function moved() {
  const state = globalThis.walkState;
  const one = document.activeElement;
  if (one === state.last || !one) return false;
  state.last = one;
  if (state.group.walked.has(one)) return false;
  state.group.walked.add(one);
  state.reached.add(one);
  return true;
}

function missed() {
  const state = globalThis.walkState;
  return state
    .offered()
    .filter((one) => !state.reached.has(one))
    .filter((one) => {
      // One stop stands for all choices of a group.
      if (one.type === "radio") return ![...document.getElementsByName(one.name)].some((other) => state.reached.has(other));
      // In a table both ways were walked from the stop: the rest lies where these meet.
      const group = state.left.get(one.closest('[role="grid"], [role="treegrid"]'));
      return !(group?.lying && group.walked.size > 1);
    })
    .map((one) => `not reached with the keyboard: ${state.name(one)}`);
}
