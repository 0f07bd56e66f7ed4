// Punches kept while the server cannot be reached: sealed, signed, numbered, and on the disk before the person is told.
import { hex } from "./device.js";
import { seal } from "./seal.js";
import * as store from "./store.js";
import { lastHeard, stamp } from "./time.js";

/** @import { Config, Direction } from "./config.js" */
/** @import { Device } from "./device.js" */
/** @import { Stamp } from "./time.js" */
/** @typedef {"face" | "pin" | "offer" | "phone"} Kind */

const NEAR = 0.8; // Of any bound: from here on it is said aloud.
const DAY = 86400000;

/** There is no room for another punch. */
export class Full extends Error {}

export class Queue {
  /**
   * `key` is the server's, `most` and `days` are the bounds; `device` signs.
   * @param {Config["queue"]} config
   * @param {Device} device
   */
  constructor({ key, most, days }, device) {
    this.key = key;
    this.most = most;
    this.days = days;
    this.device = device;
  }

  /** Whether this device can keep punches at all: over HTTPS or on localhost, with its key. */
  get able() {
    return this.device.bound && Boolean(navigator.locks);
  }

  /**
   * Keep one punch, its `content`, and pictures. Resolves when it is on the disk.
   * A second tab waits its turn, so that no number is given twice. Throws Full.
   * @param {Kind} kind
   * @param {Direction} direction
   * @param {object} content
   * @param {Blob[]} [blobs]
   */
  async keep(kind, direction, content, blobs = []) {
    const made = stamp();
    return navigator.locks.request("presente-keep", async () => {
      const { count, share } = await this.state();
      if (count >= this.most || share >= 1) throw new Full();
      try {
        await this.#write(kind, direction, content, blobs, made);
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "QuotaExceededError") throw error;
        if (blobs.length < 2) throw new Full();
        // The disk is nearly full: one picture is better than none.
        await this.#write(kind, direction, content, blobs.slice(0, 1), made).catch(() => {
          throw new Full();
        });
      }
    });
  }

  /**
   * @param {Kind} kind
   * @param {Direction} direction
   * @param {object} content
   * @param {Blob[]} blobs
   * @param {Stamp} made
   */
  async #write(kind, direction, content, blobs, made) {
    const key = this.device.fingerprint;
    const counter = ((await store.read("meta", `counter:${key}`)) ?? 0) + 1;
    const sealed = await seal(this.key.public, content, blobs, `${key}:${counter}`);
    const digest = hex(await crypto.subtle.digest("SHA-256", sealed));
    const head = JSON.stringify({
      key, counter, kind, direction, ...made, anchor: await lastHeard(), sealed_to: this.key.id, sealed: digest,
    });
    const signature = await this.device.sign(new TextEncoder().encode(`presente-queue-1\n${head}`));
    await store.write(["queue", "meta"], ({ queue, meta }) => {
      queue.add({ key, counter, head, signature, sealed, wall: made.wall });
      meta.put(counter, `counter:${key}`);
    });
  }

  /** How many wait, how many more may, how near the nearest bound is (0 to 1), and how many the server refused. */
  async state() {
    const db = await store.open();
    const queue = db.transaction("queue").objectStore("queue");
    const count = await store.answer(queue.count());
    const first = await store.answer(queue.openCursor());
    const refused = (await store.read("meta", "refused")) ?? 0;
    const age = first ? Math.max(0, Date.now() - first.value.wall) / (this.days * DAY) : 0;
    const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
    const share = Math.max(count / this.most, age, quota ? usage / quota : 0);
    return { count, refused, share, near: share >= NEAR, room: Math.max(0, this.most - count) };
  }
}
