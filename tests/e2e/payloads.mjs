// Texts that want to be more than text. Written for this suite; whatever runs calls alert or sets `ran`.

const RUN = "alert(1),self.ran=1";

const TAGS = [
  `<script>${RUN}</script>`, `<SCRIPT SRC=https://example.org/x.js></SCRIPT>`, `<script src="data:text/javascript,${RUN}"></script>`,
  `<scr<script>ipt>${RUN}</scr</script>ipt>`, `<script>${RUN}//`, `<script/x>${RUN}</script>`, `<script type=module>${RUN}</script>`,
  `<script>import("data:text/javascript,${RUN}")</script>`, `</script><script>${RUN}</script>`, `</title><script>${RUN}</script>`,
  `</textarea><script>${RUN}</script>`, `</style><script>${RUN}</script>`, `--><script>${RUN}</script>`, `]]><script>${RUN}</script>`,
  `<iframe src="javascript:${RUN}"></iframe>`, `<iframe srcdoc="<script>parent.ran=1</script>"></iframe>`, `<object data="javascript:${RUN}"></object>`,
  `<embed src="javascript:${RUN}">`, `<base href="https://example.org/">`, `<link rel=stylesheet href="https://example.org/x.css">`,
  `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`, `<form action="javascript:${RUN}"><button>x</button></form>`,
  `<button formaction="javascript:${RUN}">x</button>`, `<style>@import "https://example.org/x.css";</style>`, `<style>*{background:url(https://example.org/x)}</style>`,
  `<template><script>${RUN}</script></template>`, `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`, `<plaintext>`, `<xmp><script>${RUN}</script></xmp>`,
  `<math><mtext><mglyph><style><img src=x onerror=${RUN}>`, `<svg><script>${RUN}</script></svg>`, `<svg><script href="data:,${RUN}"/></svg>`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`, `<svg><use href="data:image/svg+xml,<svg id=x><script>${RUN}</script></svg>#x"/></svg>`,
  `<svg><foreignObject><body onload=${RUN}></foreignObject></svg>`, `<svg><a xlink:href="javascript:${RUN}"><text y=20>x</text></a></svg>`,
  `<dialog open onclose=${RUN}>`, `<slot name=x>`, `<custom-element onclick=${RUN}>`, `<marquee onstart=${RUN}>`, `<portal src="javascript:${RUN}">`,
  `<a href="javascript:${RUN}">pulse aquí</a>`, `<a href="https://example.org/" ping="https://example.org/p">x</a>`, `<img src="https://example.org/pixel.gif">`,
  `<video src=x onerror=${RUN}><source onerror=${RUN}></video>`, `<audio src=x onerror=${RUN}>`, `<details open ontoggle=${RUN}><summary>x</summary></details>`,
  `<input autofocus onfocus=${RUN}>`, `<select autofocus onfocus=${RUN}><option>x</select>`, `<textarea autofocus onfocus=${RUN}>`, `<body onload=${RUN}>`,
  `<table background="javascript:${RUN}">`, `<td style="width:expression(${RUN})">`, `<div style="background:url(javascript:${RUN})">`, `<div style="position:fixed;inset:0;background:red;z-index:99999">`,
];
const HANDLERS = ["onerror", "onload", "onclick", "onmouseover", "onfocus", "onanimationstart", "ontransitionend", "onpointerenter", "onbeforeinput", "onscroll", "onpaste", "onwheel"].map(
  (name, i) => (i % 3 === 0 ? `<img src=x ${name}=${RUN}>` : i % 3 === 1 ? `" ${name}="${RUN}" x="` : `' ${name}='${RUN}' x='`),
);
/** Where a link should not lead; a few of them are harmless and may. */
export const ADDRESSES = [
  `javascript:${RUN}`, `JaVaScRiPt:${RUN}`, `java\tscript:${RUN}`, ` javascript:${RUN}`, `\u0001javascript:${RUN}`, `javascript&colon;${RUN}`, `javascript://%0a${RUN}`,
  `data:text/html,<script>${RUN}</script>`, `vbscript:msgbox(1)`, `//example.org/x`, `\\\\example.org\\x`, `blob:https://example.org/1`, `file:///etc/passwd`, `view-source:javascript:${RUN}`,
];
const TEMPLATES = [
  "{{constructor.constructor('alert(1)')()}}", "${alert(1)}", "#{alert(1)}", "<%= alert(1) %>", "{% raw %}alert(1)", "{ $name }", "{ -brand }", "{\"x\"}", "[[${7*7}]]", "@{7*7}",
  "__proto__", "constructor", "toString", "%s%n%x", "$(touch x)", "`touch x`", "'; DROP TABLE cities; --", "../../../etc/passwd", "=HYPERLINK(\"https://example.org\")", "+1+cmd|' /C calc'!A0", "@SUM(1)", "-2+3",
];
const ENTITIES = [
  `&lt;script&gt;${RUN}&lt;/script&gt;`, `&#60;script&#62;${RUN}&#60;/script&#62;`, `&#x3c;img src=x onerror=${RUN}&#x3e;`, `%3Cscript%3E${RUN}%3C/script%3E`, `\\u003cscript\\u003e${RUN}`, `\\x3cscript\\x3e`,
  `<!--<img src="--><img src=x onerror=${RUN}>">`, `<!-- comentario -->`, `<![CDATA[<script>${RUN}</script>]]>`, `<?php echo 1 ?>`, `/*</style>*/<b>x</b>`, `<b>negrita</b>`, `<&>"'\``,
];
/** Direction marks, zero width, fillers, combining marks: nothing of it may hide in a name. */
export const HIDDEN = ["\u202e", "\u202d", "\u2066", "\u2067", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\u200c", "\u2060", "\ufeff", "\u00ad", "\u3164", "\u{e0041}"];
const UNICODE = [
  ...HIDDEN.map((one) => `Jaén${one}oicifla`), "شرکاء المدينة", "עיר שותפה (Palencia)", "a\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301", "👩🏽‍🚒👨‍👩‍👧‍👦", "𝕻𝖆𝖑𝖊𝖓𝖈𝖎𝖆", "Раlencia", "\ufdfd\ufdfd\ufdfd", "＜script＞alert(1)＜/script＞",
  "ʺ onerror=alert(1) ʺ", "\u0130\u0131ſK", "a\ufffe", "W".repeat(300), "sinespacios".repeat(60), " ".repeat(200) + "lejos",
];

export const own = [...TAGS, ...HANDLERS, ...ADDRESSES, ...TEMPLATES, ...ENTITIES, ...UNICODE];

const upper = (text) => [...text].map((one, i) => (i % 2 ? one.toUpperCase() : one.toLowerCase())).join("");
const WAYS = [
  (text) => text,
  (text) => `">${text}`,
  (text) => `'>${text}<'`,
  (text) => upper(text),
  (text) => text.replaceAll("<", "<\u0000").replaceAll(" ", "/"),
  (text) => `${text}\u202e`,
  (text) => `<p>${text}</p>\n${text}`,
  (text) => text.replaceAll(">", " >").replaceAll("<", "< "),
];

/** The own ones and their variants, as many as wanted. */
export function variants(count) {
  const made = [];
  for (const way of WAYS) for (const one of own) made.push(way(one));
  const distinct = [...new Set(made)];
  if (distinct.length < count) throw new Error(`only ${distinct.length} payloads`);
  return distinct.slice(0, count);
}
