// The unit tests load Automerge for Node; in the browser it is loaded from its file.
export {};
