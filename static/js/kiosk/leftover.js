// A device that was unpaired: what it kept while it was offline is still sent, and waits for HR.
import * as store from "./store.js";
import { Sync } from "./sync.js";

const place = document.getElementById("kept");

async function tell() {
  const db = await store.open();
  const count = await store.answer(db.transaction("queue").objectStore("queue").count());
  place.hidden = count === 0 && place.hidden;
  place.textContent = count ? place.dataset.waiting.replace("{count}", count) : place.dataset.sent;
}

if (globalThis.indexedDB && navigator.locks) {
  await tell();
  const sync = new Sync(place.dataset.url, { onChange: tell });
  sync.wake();
  window.addEventListener("online", () => sync.wake());
}
