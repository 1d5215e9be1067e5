// The narratives in the browser: written by two cities at once, with everything the editor offers.

import assert from "node:assert/strict";
import { fuzz } from "./fuzz.mjs";
import { settled, until } from "./nodes.mjs";
import { narrative, signIn, valueOf } from "./shows.mjs";

const SLOW = { timeout: 20_000 };

/** Both cities' pages with the same narrative open and emptied, and how to see what the page's policy refused. */
async function pair(scene) {
  const [a, b] = [await scene.open(), await scene.open()];
  for (const page of [a, b]) await watchPolicy(page);
  await Promise.all([signIn(a, scene.palencia), signIn(b, scene.tarija)]);
  const [left, right] = await Promise.all([narrative(a, scene.palencia, scene), narrative(b, scene.tarija, scene)]);
  await left.click();
  await left.press("Control+a");
  await left.press("Backspace");
  // Whatever the first block was, it is a paragraph now.
  await left.press("Backspace");
  await until("both are empty", async () => (await blocks(left)).length === 1 && (await valueOf(left)) === "" && (await valueOf(right)) === "");
  // What took the place of bold words would be bold again.
  const bold = a.getByTestId("editor-bold").first();
  if ((await bold.getAttribute("aria-pressed")) === "true") await left.press("Control+b");
  await until("what is typed is plain", async () => (await bold.getAttribute("aria-pressed")) === "false");
  return { a, b, left, right };
}

async function watchPolicy(page) {
  page.violations = [];
  await page.exposeFunction("policyRefused", (what) => page.violations.push(what));
  await page.addInitScript(() => addEventListener("securitypolicyviolation", (event) => globalThis.policyRefused(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)));
}

function calm(...pages) {
  for (const page of pages) {
    assert.deepEqual(page.violations, []);
    assert.deepEqual(page.troubles.filter((one) => /content security policy|refused to|editor set right|TypeError|RangeError/i.test(one)), []);
  }
}

/** Every block as tag and content, without what only the browser needs and without the carets of others. */
const blocks = (field) =>
  field.evaluate((one) =>
    [...one.querySelectorAll("p, h4, h5, li, blockquote, .block-other")].map((block) => {
      const copy = document.createElement("div");
      const add = (to, node) => {
        if (node.nodeType === 3) return to.append(node.nodeValue);
        if (node.matches(".caret, .ProseMirror-trailingBreak, .ProseMirror-separator")) return;
        const plain = node.matches(".chosen");
        const made = plain ? to : to.appendChild(document.createElement(node.tagName));
        if (node.tagName === "A") made.setAttribute("href", node.getAttribute("href"));
        for (const child of node.childNodes) add(made, child);
      };
      for (const child of block.childNodes) add(copy, child);
      const indent = block.dataset.indent ? ` ${block.dataset.indent}` : "";
      const list = block.parentElement.closest("ul, ol");
      return [`${list ? `${list.tagName} ` : ""}${block.tagName}${indent}`.toLowerCase(), copy.innerHTML];
    }),
  );

const same = (left, right) =>
  until("both pages show the same", async () => {
    const [one, other] = await Promise.all([blocks(left), blocks(right)]);
    if (JSON.stringify(one) !== JSON.stringify(other)) throw new Error(`${JSON.stringify(one)} / ${JSON.stringify(other)}`);
    return one;
  });

/** What stands before the browser's own caret in its block. */
const beforeCaret = (field) =>
  field.evaluate((one) => {
    const { focusNode, focusOffset } = document.getSelection();
    const block = (focusNode.nodeType === 1 ? focusNode : focusNode.parentElement).closest("p, h4, h5, li, blockquote");
    if (!one.contains(block)) return null;
    const range = document.createRange();
    range.setStart(block, 0);
    range.setEnd(focusNode, focusOffset);
    return range.toString();
  });

async function paste(field, html, text = "") {
  await field.evaluate(
    (one, [rich, plain]) => {
      const data = new DataTransfer();
      if (rich) data.setData("text/html", rich);
      data.setData("text/plain", plain);
      one.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    },
    [html, text],
  );
}

const WORD = `<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta name=Generator content="Microsoft Word 15"><style><!-- p.MsoNormal {margin:0cm; font-family:"Calibri",sans-serif;} @list l0:level1 {mso-level-number-format:bullet;} --></style>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]--></head>
<body lang=ES style='tab-interval:35.4pt'><!--StartFragment-->
<h1 style='mso-style-link:"Título 1"'><span lang=ES style='font-family:"Calibri Light"'>Diagnóstico<o:p></o:p></span></h1>
<p class=MsoNormal><b><span style='font-size:12.0pt'>El Guadalquivir</span></b><span
style='mso-spacerun:yes'> </span>nace en <i>Cazorla</i>; vea <a href="https://www.ejemplo.es/rio" style='color:red'><span style='color:#0563C1'>el informe</span></a> y <a href="javascript:alert(1)">esto no</a>.<o:p></o:p></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span style='font-family:Symbol;mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp; </span></span><![endif]>Agua limpia<o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='margin-left:72.0pt;text-indent:-18.0pt;mso-list:l0 level2 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>o<span>&nbsp;&nbsp; </span></span><![endif]>Ríos y presas<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-18.0pt;mso-list:l1 level1 lfo2'><![if !supportLists]><span style='mso-list:Ignore'>1.<span>&nbsp;&nbsp; </span></span><![endif]>Primero<o:p></o:p></p>
<table class=MsoTableGrid border=1 style='border-collapse:collapse'><tr><td width=200 style='width:150pt'><p class=MsoNormal>Ciudad<o:p></o:p></p></td><td><p class=MsoNormal><b>Año</b></p></td></tr><tr><td><p class=MsoNormal>Tarija</p></td><td><p class=MsoNormal>2026</p></td></tr></table>
<!--EndFragment--></body></html>`;

const LIBREOFFICE = `<!DOCTYPE html><html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"/><title></title><meta name="generator" content="LibreOffice 24.2.7.2 (Linux)"/><style type="text/css">@page { size: 21cm 29.7cm } p { line-height: 115% }</style></head>
<body lang="es-ES" link="#000080" dir="ltr"><h2 class="western">Objetivos</h2><p style="line-height: 100%; margin-bottom: 0cm"><font color="#c9211e"><font face="Liberation Serif, serif"><span style="font-weight: bold">Uno</span> y <i>dos</i></font></font><br/>
</p><ul><li><p style="margin-bottom: 0cm">punto</p><ul><li><p>dentro</p></li></ul></li></ul><ol><li><p>paso</p></li></ol><table width="100%"><col width="128*"/><tr valign="top"><td><p>a</p></td><td><p>b</p></td></tr></table></body></html>`;

export const shows = [
  {
    name: "editor: two cities in one paragraph, one away in between: both contributions, both carets (show 1)",
    async run(scene) {
      const { a, b, left, right } = await pair(scene);
      await left.pressSequentially("El valle comparte el agua.", { delay: 10 });
      await until("the other city has it", async () => (await valueOf(right)) === "El valle comparte el agua.");
      await right.click();
      await right.press("Control+End");
      await left.press("Control+Home");
      for (let i = 0; i < 8; i++) await left.press("ArrowRight");
      const word = [" 😀, dice Palencia,", " Tarija añade: ¡sí! 🏞️"];
      await a.context().setOffline(true);
      await Promise.all([left.pressSequentially(word[0], { delay: 15 }), right.pressSequentially(word[1], { delay: 15 })]);
      await until("written while away", async () => /equipo|conexión/i.test(await a.getByTestId("saving").innerText()));
      assert.equal(await valueOf(left), `El valle${word[0]} comparte el agua.`);
      await a.context().setOffline(false);
      const text = `El valle${word[0]} comparte el agua.${word[1]}`;
      await until("both read both", async () => (await valueOf(left)) === text && (await valueOf(right)) === text, 60_000);
      assert.equal(await beforeCaret(left), `El valle${word[0]}`);
      assert.equal(await beforeCaret(right), text);
      await Promise.all([left.pressSequentially(" (A)", { delay: 30 }), right.pressSequentially(" (B)", { delay: 30 })]);
      const end = `El valle${word[0]} (A) comparte el agua.${word[1]} (B)`;
      await until("the carets were where they had been", async () => (await valueOf(left)) === end && (await valueOf(right)) === end);
      await settled(scene);
      for (const node of [scene.palencia, scene.tarija]) assert.equal((await node.api("GET", `/api/documents/${scene.context}`)).content.body.replace(/^\uFFFC/, ""), end);
      calm(a, b);
    },
  },
  {
    name: "editor: carets are shown with person and city, are nobody's text, and go (show 1, S22)",
    async run(scene) {
      const { a, b, left, right } = await pair(scene);
      await left.pressSequentially("Primera frase. Segunda frase.", { delay: 5 });
      await until("there", async () => (await valueOf(right)).endsWith("Segunda frase."));
      await right.click();
      await right.press("Control+End");
      const caret = left.locator(".caret");
      await caret.waitFor({ state: "attached", ...SLOW });
      assert.equal(await caret.getAttribute("data-who"), "Editora de Tarija (Tarija)");
      assert.equal(await caret.getAttribute("aria-hidden"), "true");
      const standsBehind = () =>
        caret.evaluate((one) => {
          const range = document.createRange();
          range.setStart(one.closest("p"), 0);
          range.setEndBefore(one);
          return range.toString();
        });
      await until("at the end", async () => (await standsBehind()) === "Primera frase. Segunda frase.");
      // It goes along with what is written before it, before its own tab has said anything.
      await left.press("Control+Home");
      await left.pressSequentially("Antes: ", { delay: 5 });
      assert.equal(await standsBehind(), "Antes: Primera frase. Segunda frase.");
      await right.press("Shift+Home");
      await left.locator(".chosen").first().waitFor(SLOW);
      await scene.picture(a, "editor-carets");
      assert.doesNotMatch(await left.innerText(), /Tarija/);
      const said = await a.getByTestId("writing-context").innerText();
      assert.match(said, /Tarija/);
      await b.goto("about:blank");
      await caret.waitFor({ state: "detached", timeout: 60_000 });
      calm(a);
    },
  },
  {
    name: "editor: á, ñ, ç by dead keys while another city writes (show 1)",
    async run(scene) {
      const { a, b, left, right } = await pair(scene);
      await left.pressSequentially("cami", { delay: 10 });
      await until("there", async () => (await valueOf(right)) === "cami");
      await right.click();
      await right.press("Control+Home");
      const cdp = await a.context().newCDPSession(a);
      const compose = async (first, letter, meanwhile) => {
        await cdp.send("Input.imeSetComposition", { text: first, selectionStart: 1, selectionEnd: 1 });
        await meanwhile?.();
        await cdp.send("Input.insertText", { text: letter });
      };
      await compose("´", "ó", async () => {
        await right.pressSequentially("El ", { delay: 10 });
        await until("what others write waits", async () => (await valueOf(right)).startsWith("El "));
        assert.equal(await valueOf(left), "cami´");
      });
      await until("both have the letter", async () => (await valueOf(left)) === "El camió" && (await valueOf(right)) === "El camió");
      await compose("~", "ñ");
      await compose("¸", "ç");
      await compose("´", "á");
      await left.pressSequentially("!", { delay: 10 });
      await until("all letters", async () => (await valueOf(right)) === "El camióñçá!" && (await valueOf(left)) === "El camióñçá!");
      calm(a, b);
    },
  },
  {
    name: "editor: bold on one side while the other types in it; titles, lists, quotes; one undoes only one's own (show 2)",
    async run(scene) {
      const { a, b, left, right } = await pair(scene);
      await left.pressSequentially("Esto es muy importante hoy.", { delay: 5 });
      await until("there", async () => (await valueOf(right)).endsWith("hoy."));
      await left.press("Control+Home");
      for (let i = 0; i < 8; i++) await left.press("ArrowRight");
      for (let i = 0; i < 14; i++) await left.press("Shift+ArrowRight");
      await right.click();
      await right.press("Control+Home");
      for (let i = 0; i < 11; i++) await right.press("ArrowRight");
      await Promise.all([a.getByTestId("editor-bold").first().click(), right.pressSequentially(", muy", { delay: 20 })]);
      assert.deepEqual(await same(left, right).then(() => until("bold around both", async () => {
        const [one] = await blocks(left);
        return one[1].includes("muy, muy") && one[1].includes("<strong>") && one;
      })), ["p", "Esto es <strong>muy, muy importante</strong> hoy."]);
      // What the left undoes is its bold, not what the right has typed.
      await left.press("Control+z");
      await until("only the bold went", async () => (await blocks(left))[0][1] === "Esto es muy, muy importante hoy.");
      await left.press("Control+y");
      await left.press("Control+End");
      await left.press("Enter");
      await a.getByTestId("editor-bullet").first().click();
      await left.pressSequentially("uno", { delay: 5 });
      await left.press("Enter");
      await left.press("Tab");
      await left.pressSequentially("dentro", { delay: 5 });
      await left.press("Enter");
      await left.press("Enter");
      await left.press("Enter");
      await a.getByTestId("editor-title").first().click();
      await left.pressSequentially("Un título", { delay: 5 });
      await left.press("Enter");
      await left.press("Control+Shift+9");
      await left.pressSequentially("cita", { delay: 5 });
      await left.press("Shift+Enter");
      await left.pressSequentially("seguida", { delay: 5 });
      await left.press("Enter");
      await left.press("Enter");
      await left.press("Control+Shift+7");
      await left.pressSequentially("paso", { delay: 5 });
      // Typing over bold must not bring the browser's own styles.
      await left.press("Control+Home");
      await left.press("Control+ArrowRight");
      await until("all of it at the other city", async () => {
        const there = await blocks(right);
        assert.equal(there.at(-1)[1], "paso", JSON.stringify(there));
        return true;
      });
      assert.deepEqual(await same(left, right), [
        ["p", "Esto es <strong>muy, muy importante</strong> hoy."],
        ["ul li", "uno"],
        ["ul li 1", "dentro"],
        ["h4", "Un título"],
        ["blockquote", "cita<br>seguida"],
        ["ol li", "paso"],
      ]);
      assert.equal(await a.getByTestId("editor-quote").first().getAttribute("aria-pressed"), "false");
      await scene.picture(a, "editor-kinds");
      // To a screen reader a list is a list of items, a title a title; the other's caret is not there.
      const tree = await accessible(a, "section-context");
      assert.deepEqual(tree, [
        "paragraph", "list: listitem(1 of 2) listitem(2 of 2, level 2)", "heading 4", "blockquote", "list: listitem(1 of 1)",
      ]);
      await settled(scene);
      await a.reload();
      const again = await narrative(a, scene.palencia, scene);
      await until("there after loading again", async () => JSON.stringify(await blocks(again)) === JSON.stringify(await blocks(right)));
      calm(a, b);
    },
  },
  {
    name: "editor: typing over bold, a link by keyboard, and Escape leaves (S21)",
    async run(scene) {
      const { a, b, left, right } = await pair(scene);
      await left.press("Control+b");
      await left.pressSequentially("fuerte", { delay: 5 });
      await left.press("Control+Shift+ArrowLeft");
      await left.pressSequentially("X", { delay: 5 });
      await until("bold goes on", async () => (await blocks(right))[0][1] === "<strong>X</strong>");
      await left.press("Control+b");
      await left.pressSequentially(" informe", { delay: 5 });
      await left.press("Control+Shift+ArrowLeft");
      await left.press("Control+k");
      await a.getByTestId("link-address").fill("javascript:alert(1)");
      await a.keyboard.press("Enter");
      await a.getByTestId("problem").first().waitFor(SLOW);
      assert.equal(await a.getByTestId("link-address").inputValue(), "javascript:alert(1)", "what was typed is still there");
      await a.getByTestId("link-address").fill("www.ejemplo.es/informe");
      await a.keyboard.press("Enter");
      await until("the other city has the link", async () => (await blocks(right))[0][1] === '<strong>X</strong> <a href="https://www.ejemplo.es/informe">informe</a>');
      await left.press("Escape");
      assert.equal(await left.evaluate((one) => one === document.activeElement), false);
      await a.keyboard.press("Tab");
      assert.equal(await left.evaluate((one) => one.contains(document.activeElement)), false);
      assert.equal(await valueOf(left), "X informe");
      calm(a, b);
    },
  },
  {
    // A busy browser tells of a new selection only after the next key; here both come in one task.
    name: "editor: a key that comes before the browser has told of the selection is for what is selected",
    async run(scene) {
      const { a, b, left, right } = await pair(scene);
      await left.pressSequentially("el informe", { delay: 5 });
      await left.evaluate((one) => {
        // The other city's caret may stand before the words.
        const words = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
        while (words.nextNode() && words.currentNode.data !== "el informe");
        getSelection().setBaseAndExtent(words.currentNode, 3, words.currentNode, 10);
        one.dispatchEvent(new KeyboardEvent("keydown", { key: "b", code: "KeyB", keyCode: 66, ctrlKey: true, bubbles: true, cancelable: true }));
      });
      assert.deepEqual(await same(left, right), [["p", "el <strong>informe</strong>"]]);
      calm(a, b);
    },
  },
  {
    name: "editor: what comes from Word and LibreOffice is cleaned (S21)",
    async run(scene) {
      const { a, b, left, right } = await pair(scene);
      await paste(left, WORD, "otra cosa");
      await until("there", async () => (await blocks(right)).length > 5);
      assert.deepEqual(await same(left, right), [
        ["h4", "Diagnóstico"],
        ["p", '<strong>El Guadalquivir</strong> nace en <em>Cazorla</em>; vea <a href="https://www.ejemplo.es/rio">el informe</a> y esto no.'],
        ["ul li", "Agua limpia"],
        ["ul li 1", "Ríos y presas"],
        ["ol li", "Primero"],
        ["p", "Ciudad\t<strong>Año</strong>"],
        ["p", "Tarija\t2026"],
      ]);
      await scene.picture(a, "editor-word");
      await left.press("Control+a");
      await paste(left, LIBREOFFICE);
      await until("replaced", async () => (await blocks(right))[0][1] === "Objetivos");
      assert.deepEqual(await same(left, right), [
        ["h4", "Objetivos"],
        ["p", "<strong>Uno</strong> y <em>dos</em>"],
        ["ul li", "punto"],
        ["ul li 1", "dentro"],
        ["ol li", "paso"],
        ["p", "a\tb"],
      ]);
      await left.press("Control+a");
      await paste(left, "", "línea una\r\nlínea dos\n\nlínea tres 😀");
      await until("plain", async () => (await blocks(right)).length === 3);
      assert.deepEqual((await same(left, right)).map((one) => one[1]), ["línea una", "línea dos", "línea tres 😀"]);
      await left.press("Control+a");
      await paste(left, '<img src=x onerror="alert(1)"><svg onload="alert(1)"></svg><p style="background:url(https://otra.ejemplo/x)" onclick="alert(1)">solo <script>alert(1)</script>texto</p><iframe src="https://otra.ejemplo"></iframe>');
      await until("only words", async () => (await valueOf(right)).startsWith("solo"));
      // The selection began in a title: so does what takes its place.
      assert.deepEqual(await same(left, right), [["h4", "solo texto"]]);
      calm(a, b);
    },
  },
  {
    name: "editor: a long report is pasted in changes the node takes (I4)",
    async run(scene) {
      const { a, b, left, right } = await pair(scene);
      const report = Array.from({ length: 250 }, (_, i) => `Párrafo ${i}: la cuenca, sus ciudades y 😀 su gente. `.repeat(3).trim());
      await paste(left, report.map((one) => `<p>${one.replace("cuenca", "<b>cuenca</b>")}</p>`).join(""));
      await until("received", async () => (await blocks(right)).length === report.length, 60_000);
      assert.deepEqual((await valueOf(right)).split("\n"), report);
      await until("stored", async () => /recibido/i.test(await a.getByTestId("saving").innerText()), 60_000);
      calm(a, b);
    },
  },
  {
    name: "editor: seeds of two real editors at random; a broken view is caught (show 2)",
    async run(scene) {
      const page = await scene.open();
      page.setDefaultTimeout(600_000);
      await fuzz(page, scene.palencia, Number(process.env.SEED ?? 1), Number(process.env.SEEDS ?? 100));
    },
  },
];

/** What Chromium tells assistive technology of an editor: its blocks, lists with their items. */
async function accessible(page, id) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Accessibility.enable");
  const { root } = await cdp.send("DOM.getDocument", { depth: 0 });
  const { nodeId } = await cdp.send("DOM.querySelector", { nodeId: root.nodeId, selector: `#${id}` });
  const { node } = await cdp.send("DOM.describeNode", { nodeId });
  const { nodes } = await cdp.send("Accessibility.getFullAXTree");
  const byId = new Map(nodes.map((one) => [one.nodeId, one]));
  const top = nodes.find((one) => one.backendDOMNodeId === node.backendNodeId);
  const kids = (one) => (one.childIds ?? []).map((child) => byId.get(child)).flatMap((child) => (!child ? [] : child.ignored || child.role.value === "generic" ? kids(child) : [child]));
  const property = (one, name) => one.properties?.find((entry) => entry.name === name)?.value.value;
  assert.equal(top.role.value, "textbox");
  assert.match(top.name.value, /contexto/i);
  assert.doesNotMatch(JSON.stringify(kids(top)), /Editora de Tarija/);
  return kids(top).map((one) => {
    const role = one.role.value.toLowerCase();
    if (role === "heading") return `heading ${property(one, "level")}`;
    if (role !== "list") return role;
    const items = kids(one).filter((child) => child.role.value === "listitem");
    return `list: ${items.map((item, i) => `listitem(${i + 1} of ${items.length}${property(item, "level") > 1 ? `, level ${property(item, "level")}` : ""})`).join(" ")}`;
  });
}
