// Turns push messages on and off in this browser: the browser's push service gives it an address, which the server keeps.
import { find } from "./dom.js";

const section = find("#push", HTMLElement);
const state = find("#push-state", HTMLElement, section);
const on = find("#push-on", HTMLButtonElement, section);
const off = find("#push-off", HTMLButtonElement, section);
const { key = "", url = "", worker = "" } = section.dataset;

/** @param {object} content */
async function tell(content) {
  const token = find("[name=csrfmiddlewaretoken]", HTMLInputElement).value;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
    body: JSON.stringify(content),
  });
  if (!answer.ok) throw new Error(String(answer.status));
}

/** @param {boolean} taken */
function show(taken) {
  state.textContent = (taken ? section.dataset.on : section.dataset.off) ?? "";
  on.hidden = taken;
  off.hidden = !taken;
}

function failed() {
  state.textContent = section.dataset.failed ?? "";
}

async function registration() {
  return await navigator.serviceWorker.getRegistration(worker);
}

/**
 * Resolves when the worker runs: a browser subscribes for no other.
 * @param {ServiceWorkerRegistration} registered
 */
async function activated(registered) {
  const coming = registered.installing ?? registered.waiting;
  if (!coming) return;
  await new Promise((resolve) => {
    coming.addEventListener("statechange", () => {
      if (coming.state === "activated") resolve(undefined);
    });
  });
}

async function turnOn() {
  const registered = await navigator.serviceWorker.register(worker);
  await activated(registered);
  const kept = await registered.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  await tell(kept.toJSON());
  show(true);
}

async function turnOff() {
  const kept = await (await registration())?.pushManager.getSubscription();
  if (kept) {
    await tell({ remove: true, endpoint: kept.endpoint });
    await kept.unsubscribe();
  }
  show(false);
}

if ("serviceWorker" in navigator && "PushManager" in window) {
  registration()
    .then((registered) => registered?.pushManager.getSubscription())
    .then((kept) => show(Boolean(kept)))
    .catch(failed);
  on.addEventListener("click", () => turnOn().catch(failed));
  off.addEventListener("click", () => turnOff().catch(failed));
}
