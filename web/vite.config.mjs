import { defineConfig } from "vite";

// No asset is inlined (the page's policy allows no data: script or style) and the result depends only on the
// sources, so that the embedded page is the same on every machine.
export default defineConfig({
  root: ".",
  base: "/",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: process.env.ALIANZA_WEB_OUT || "dist",
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: false,
    sourcemap: false,
  },
});
