// Which addresses a link may lead to. Asked when a link is made, when one is pasted, and again whenever one is shown:
// a partner's node may have written anything.

const ALLOWED = new Set(["http:", "https:", "mailto:"]);
export const HREF_MAX = 2_000;

/** The address as it may be shown and opened, or null. */
export function safeHref(text: unknown): string | null {
  if (typeof text !== "string" || text.length > HREF_MAX) return null;
  // The browser drops these on its own when it opens an address; here they only serve to hide one.
  if (/[\u0000-\u001f\u007f]/.test(text)) return null;
  const trimmed = text.trim();
  let url: URL;
  try {
    url = new URL(trimmed);
  } catch {
    return null;
  }
  if (!ALLOWED.has(url.protocol)) return null;
  if (url.protocol !== "mailto:" && url.hostname === "") return null;
  return trimmed;
}

/** What a person typed as an address: without a scheme it is a web page or a mailbox. */
export function hrefOf(typed: string): string | null {
  const text = typed.trim();
  if (text === "") return null;
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(text)) return safeHref(`mailto:${text}`);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return /^[^\s/]+\.[^\s/]{2,}/.test(text) ? safeHref(`https://${text}`) : null;
  return safeHref(text);
}

/** The value of a `link` mark: a JSON object with `href`; a bare address is understood too. */
export function hrefOfMark(value: unknown): string | null {
  if (typeof value !== "string") return null;
  if (!value.startsWith("{")) return safeHref(value);
  try {
    return safeHref((JSON.parse(value) as { href?: unknown }).href);
  } catch {
    return null;
  }
}

export function linkValue(href: string): string {
  return JSON.stringify({ href });
}
