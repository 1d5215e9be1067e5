// The two faces of the page (Open Font License), bundled. They are loaded by hand because the node's policy (S7) names
// no font-src; until they arrive, and if they do not, the system's own faces stand in.

import sans from "@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2?url";
import serif from "@fontsource-variable/source-serif-4/files/source-serif-4-latin-wght-normal.woff2?url";

export async function loadFaces(): Promise<void> {
  const load = async (family: string, url: string) => {
    const answer = await fetch(url);
    if (!answer.ok) return;
    const face = new FontFace(family, await answer.arrayBuffer(), { weight: "200 900", display: "swap" });
    document.fonts.add(await face.load());
  };
  await Promise.allSettled([load("Source Sans", sans), load("Source Serif", serif)]);
}
