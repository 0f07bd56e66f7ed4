// The kiosk's small database in the browser: the device's key, the punches kept while offline, and what is known of
// time.

let database = "presente-kiosk";
const VERSION = 1;
/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** @typedef {"keys" | "queue" | "meta"} StoreName */
/** @typedef {{fingerprint: string, private: CryptoKey}} KeptKey What lies in `keys`. */

/**
 * @typedef {object} KeptPunch What lies in `queue`.
 * @property {number} [place] Given by the database, in the order of keeping.
 * @property {string} key
 * @property {number} counter
 * @property {string} head
 * @property {string} signature
 * @property {Uint8Array<ArrayBuffer>} sealed
 * @property {number} wall
 */

/**
 * Keep everything in a database of this name, so that another page of the same address has its own.
 * Before anything is read or written.
 * @param {string} other
 */
export function useDatabase(other) {
  database = other;
}

/**
 * The opened database: `keys` by fingerprint, `queue` in the order of keeping, `meta` by name.
 * @returns {Promise<IDBDatabase>}
 */
export function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(database, VERSION);
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
      db.onclose = () => {
        opening = null;
      };
      resolve(db);
    };
    asked.onerror = () => {
      opening = null;
      reject(asked.error);
    };
  });
  return opening;
}

/**
 * One value of one store; undefined where there is none.
 * @param {StoreName} store
 * @param {IDBValidKey} key
 * @returns {Promise<any>}
 */
export async function read(store, key) {
  const db = await open();
  return answer(db.transaction(store).objectStore(store).get(key));
}

/**
 * Do `work(stores)` in one transaction that is on the disk, not merely on its way there, when this resolves.
 * @template {StoreName} N
 * @param {N[]} names
 * @param {(stores: Record<N, IDBObjectStore>) => void} work
 * @returns {Promise<void>}
 */
export async function write(names, work) {
  const db = await open();
  const transaction = db.transaction(names, "readwrite", { durability: "strict" });
  /** @type {Promise<void>} */
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException("aborted", "AbortError"));
  });
  const stores = names.map((name) => [name, transaction.objectStore(name)]);
  work(/** @type {Record<N, IDBObjectStore>} */ (Object.fromEntries(stores)));
  return done;
}

/**
 * A request's result as a promise.
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
export function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
