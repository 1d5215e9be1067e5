import { render } from "preact";
import { App } from "./app.tsx";
import { serveFromHere } from "./live/edition.ts";
import { startRouter } from "./route.ts";
import { start } from "./state.ts";
import { loadFaces } from "./style/fonts.ts";
import { wearPreferred } from "./style/theme.ts";
import { guardOutput } from "./words/output.ts";
import { preferred, speak } from "./words/words.ts";

const page = document.getElementById("page");
if (!page) throw new Error("index.html has no #page");
wearPreferred();
void loadFaces();
guardOutput();
void speak(preferred()).then(() => {
  startRouter();
  page.replaceChildren();
  render(<App />, page);
  void start();
  void serveFromHere();
});
