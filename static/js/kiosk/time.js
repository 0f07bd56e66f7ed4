// Two clocks of the device: the wall clock, which anybody can set, and the monotonic one, which begins with each start.
import * as store from "./store.js";

const EVERY = 30000;
const boot = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
let anchor = null;
let keptAt = -Infinity;

/** Both clocks now: {wall} in ms since 1970, {mono} in ms since the start {boot} of this page. */
export function stamp() {
  return { wall: Date.now(), mono: Math.round(performance.now() * 1000) / 1000, boot };
}

/** Remember that it is `server` (ms since 1970) by the server's clock now. */
export function heard(server) {
  anchor = { server, ...stamp() };
  if (anchor.mono - keptAt < EVERY) return;
  keptAt = anchor.mono;
  const now = anchor;
  store.write(["meta"], ({ meta }) => meta.put(now, "anchor")).catch(() => {});
}

/** The last moment of which the server's time is known, in this start of the page or in an earlier one; or null. */
export async function lastHeard() {
  anchor ??= (await store.read("meta", "anchor").catch(() => null)) ?? null;
  return anchor;
}

/** The server's time now, as well as this device can tell it. */
export async function serverNow() {
  const last = await lastHeard();
  return last ? last.server + (Date.now() - last.wall) : Date.now();
}
