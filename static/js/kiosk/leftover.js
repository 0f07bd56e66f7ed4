// A device that was unpaired: what it kept while it was offline is still sent, and waits for HR.
import { find } from "../dom.js";
import * as store from "./store.js";
import { Sync } from "./sync.js";

const place = find("#kept", HTMLElement);
const { waiting = "", sent = "", url = "" } = place.dataset;

async function tell() {
  const db = await store.open();
  const count = await store.answer(db.transaction("queue").objectStore("queue").count());
  place.hidden = count === 0 && place.hidden;
  place.textContent = count ? waiting.replace("{count}", String(count)) : sent;
}

if (globalThis.indexedDB && navigator.locks) {
  await tell();
  const sync = new Sync(url, { onChange: tell });
  sync.wake();
  window.addEventListener("online", () => sync.wake());
}
