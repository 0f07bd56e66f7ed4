// Sends what was kept, one punch after the other and in their order; a cut at any moment loses nothing and doubles
// nothing.
import * as store from "./store.js";
import { stamp } from "./time.js";

/** @import { KeptPunch } from "./store.js" */

const LIMIT = 20000;
const FIRST = 2000;
const LONGEST = 60000;
const FOR_GOOD = new Set(["head_invalid", "signature_wrong", "counter_reused", "too_large"]); // Any other: not now.

export class Sync {
  #timer = 0;
  #waitUntil = 0;
  #asked = false; // The server said when to come again, and is taken at its word.
  #pause = FIRST;

  /**
   * `onChange` is called whenever something was sent or refused, `onAnswer` with the server's answer to what it took.
   * @param {string} url
   * @param {{onChange?: () => void, onAnswer?: (answer: any) => void}} [options]
   */
  constructor(url, { onChange = () => {}, onAnswer = () => {} } = {}) {
    this.url = url;
    this.onChange = onChange;
    this.onAnswer = onAnswer;
  }

  /** The server answers: what waits only because it did not goes now. */
  heard() {
    if (!this.#asked) this.#waitUntil = 0;
    this.wake();
  }

  /** Send now, unless it failed a moment ago; another tab that is sending is left to it. */
  wake() {
    if (Date.now() < this.#waitUntil) return;
    clearTimeout(this.#timer);
    navigator.locks?.request("presente-sync", { ifAvailable: true }, async (lock) => {
      if (lock) await this.#run();
    });
  }

  async #run() {
    for (;;) {
      const entry = await next();
      if (!entry) return;
      this.#asked = false;
      const wait = await this.#send(entry).catch(() => this.#backOff());
      if (wait) {
        this.#waitUntil = Date.now() + wait;
        this.#timer = setTimeout(() => this.wake(), wait + 50);
        return;
      }
      this.#pause = FIRST;
      this.#waitUntil = 0;
      this.onChange();
    }
  }

  /**
   * Resolves to 0 when the server has it, or will never take it; else to the milliseconds to wait.
   * @param {KeptPunch & {place: number}} punch
   */
  async #send({ place, head, signature, sealed }) {
    const body = new FormData();
    body.append("head", head);
    body.append("signature", signature);
    body.append("sent", JSON.stringify(stamp()));
    body.append("sealed", new Blob([sealed]), "sealed");
    const signal = AbortSignal.timeout(LIMIT);
    const response = await fetch(this.url, { method: "POST", body, cache: "no-store", signal });
    // What is no answer of ours (a hotel's login page, a proxy's error) throws here, and is tried again.
    const answer = await response.json();
    if (answer.outcome === "received") {
      await store.write(["queue"], ({ queue }) => queue.delete(place));
      this.onAnswer(answer);
      return 0;
    }
    if (!FOR_GOOD.has(answer.code)) {
      const asked = Number(response.headers.get("Retry-After")) * 1000;
      this.#asked = asked > 0;
      return asked ? asked * (1 + Math.random() / 4) : this.#backOff();
    }
    await this.#setAside(place);
    return 0;
  }

  /**
   * Refused for good: it stays in the device, out of the way of those behind it.
   * @param {number} place
   */
  async #setAside(place) {
    const entry = await store.read("queue", place);
    const refused = ((await store.read("meta", "refused")) ?? 0) + 1;
    await store.write(["queue", "meta"], ({ queue, meta }) => {
      queue.delete(place);
      meta.put(entry, `refused:${entry.key}:${entry.counter}`);
      meta.put(refused, "refused");
    });
  }

  #backOff() {
    this.#pause = Math.min(LONGEST, this.#pause * 2);
    // Spread, so that kiosks which lost the server together do not come back together.
    return this.#pause * (0.5 + Math.random() / 2);
  }
}

/**
 * The first that waits.
 * @returns {Promise<KeptPunch & {place: number} | undefined>}
 */
async function next() {
  const db = await store.open();
  const cursor = await store.answer(db.transaction("queue").objectStore("queue").openCursor());
  return cursor?.value;
}
