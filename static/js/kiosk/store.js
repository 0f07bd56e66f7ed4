// The kiosk's small database in the browser: the device's key, the punches kept while offline, and what is known of time.

const NAME = "presente-kiosk";
const VERSION = 1;
let opening = null;

/** The opened database: `keys` by fingerprint, `queue` in the order of keeping, `meta` by name. */
export function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      const db = asked.result;
      db.createObjectStore("keys", { keyPath: "fingerprint" });
      db.createObjectStore("queue", { keyPath: "place", autoIncrement: true })
        .createIndex("counter", ["key", "counter"], { unique: true });
      db.createObjectStore("meta");
    };
    asked.onsuccess = () => {
      const db = asked.result;
      // Another tab with a newer page waits for this one: let it go on.
      db.onversionchange = () => db.close();
      db.onclose = () => (opening = null);
      resolve(db);
    };
    asked.onerror = () => {
      opening = null;
      reject(asked.error);
    };
  });
  return opening;
}

/** One value of one store. */
export async function read(store, key) {
  const db = await open();
  return answer(db.transaction(store).objectStore(store).get(key));
}

/** Do `work(stores)` in one transaction that is on the disk, not merely on its way there, when this resolves. */
export async function write(names, work) {
  const db = await open();
  const transaction = db.transaction(names, "readwrite", { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException("aborted", "AbortError"));
  });
  work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
  return done;
}

/** A request's result as a promise. */
export function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
