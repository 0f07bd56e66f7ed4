// Two clocks of the device: the wall clock, which anybody can set, and the monotonic one, which begins with each start.
import * as store from "./store.js";

const EVERY = 30000;
const boot = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
/** @typedef {{wall: number, mono: number, boot: string}} Stamp Both clocks, in milliseconds; the page's start. */
/** @typedef {Stamp & {server: number}} Anchor The server's time, and what both clocks said then. */

/** @type {Anchor | null} */
let anchor = null;
let keptAt = -Infinity;

/**
 * Both clocks now: `wall` in ms since 1970, `mono` in ms since the start `boot` of this page.
 * @returns {Stamp}
 */
export function stamp() {
  return { wall: Date.now(), mono: Math.round(performance.now() * 1000) / 1000, boot };
}

/**
 * Remember that it is `server` (ms since 1970) by the server's clock now.
 * @param {number} server
 */
export function heard(server) {
  const now = { server, ...stamp() };
  anchor = now;
  if (now.mono - keptAt < EVERY) return;
  keptAt = now.mono;
  store.write(["meta"], ({ meta }) => meta.put(now, "anchor")).catch(() => {});
}

/**
 * The last moment of which the server's time is known, in this start of the page or in an earlier one; or null.
 * @returns {Promise<Anchor | null>}
 */
export async function lastHeard() {
  anchor ??= (await store.read("meta", "anchor").catch(() => null)) ?? null;
  return anchor;
}

/** The server's time now, as well as this device can tell it. */
export async function serverNow() {
  const last = await lastHeard();
  return last ? last.server + (Date.now() - last.wall) : Date.now();
}
