// Files that are not at the hub yet, kept in this browser (IndexedDB) under clip and person, so that a reload or a crash loses none.
// A row: {id, owner, note, file}; `note` is null while the file lies in the box. Every method answers rather than throws: a browser
// that keeps nothing says so with `false`, and then a file lasts as long as the page.

const NAME = "sorahub-files";
const STORE = "files";

const done = (request) => new Promise((resolve, reject) => {
  request.addEventListener("success", () => resolve(request.result));
  request.addEventListener("error", () => reject(request.error));
});

function opened() {
  const request = indexedDB.open(NAME, 1);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE, { keyPath: "id" }).createIndex("owner", "owner"));
  return done(request);
}

export class FileStore {
  constructor(clip, person = "") {
    this.owner = `${clip}:${person}`;
  }

  /** The outcome of an act on the store, once it is written down; `otherwise` where nothing is kept. */
  async on(mode, act, otherwise) {
    try {
      this.base ??= opened();
      const transaction = (await this.base).transaction(STORE, mode);
      const written = new Promise((resolve, reject) => {
        transaction.addEventListener("complete", resolve);
        for (const name of ["abort", "error"]) transaction.addEventListener(name, () => reject(transaction.error));
      });
      const [result] = await Promise.all([act(transaction.objectStore(STORE)), written]);
      return result;
    } catch {
      return otherwise;
    }
  }

  keep({ id, note = null, file }) {
    return this.on("readwrite", (store) => done(store.put({ id, owner: this.owner, note, file })).then(() => true), false);
  }

  drop(id) { return this.on("readwrite", (store) => done(store.delete(id)).then(() => true), false); }

  has(id) { return this.on("readonly", (store) => done(store.count(id)).then((count) => count > 0), true); }

  all() { return this.on("readonly", (store) => done(store.index("owner").getAll(this.owner)), []); }
}
