// The only place that names Automerge's package: the slim build, its WebAssembly fetched once as a file.

import * as A from "@automerge/automerge/slim";
import wasmUrl from "@automerge/automerge/automerge.wasm?url";

let ready: Promise<void> | null = null;

export function automergeReady(): Promise<void> {
  ready ??= A.initializeWasm(wasmUrl).then(() => undefined);
  return ready;
}
