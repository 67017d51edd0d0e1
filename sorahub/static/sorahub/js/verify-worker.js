// Hashes a file slice by slice, off the page's own thread, so that files larger than memory work and the page stays awake.
import { Sha256 } from "./sha256.js";

const SLICE = 4 * 1024 * 1024;

async function hash(file) {
  const sum = new Sha256();
  for (let at = 0; at < file.size; at += SLICE) {
    sum.update(new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer()));
    self.postMessage({ done: Math.min(at + SLICE, file.size) });
  }
  self.postMessage({ hash: sum.digest() });
}

self.addEventListener("message", ({ data }) => {
  hash(data).catch((error) => self.postMessage({ error: error.name }));
});
