/* Keeps "Who is in" live: fetches the list again every few seconds and swaps it when it has changed. */

import { find } from "./dom.js";

/**
 * Keep the list live, with a button to stop it.
 * @param {HTMLElement} list
 * @param {HTMLElement} control
 */
function keepLive(list, control) {
  const address = list.dataset.url ?? "";
  const state = find("[data-live-state]", HTMLElement, control);
  const button = find("[data-live-pause]", HTMLElement, control);
  const every = Number(list.dataset.seconds) * 1000;
  let last = list.innerHTML;
  let paused = false;
  let timer = 0;

  /** @param {"Live" | "Lost" | "Paused"} name */
  const say = (name) => {
    const text = list.dataset[`text${name}`] ?? "";
    control.dataset.state = name.toLowerCase();
    // A status is read aloud when it changes: write it only then.
    if (state.textContent !== text) state.textContent = text;
  };

  /** @param {string} html */
  const swap = (html) => {
    const focused = list.contains(document.activeElement) ? document.activeElement?.id : "";
    list.innerHTML = html;
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };

  const refresh = async () => {
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (response.redirected || response.status === 403) {
        // Logged out, or the role has changed: the page itself knows where to go.
        window.location.reload();
        return;
      }
      if (!response.ok) throw new Error(String(response.status));
      const html = await response.text();
      if (paused) return;
      if (html !== last) {
        last = html;
        swap(html);
      }
      say("Live");
    } catch {
      if (!paused) say("Lost");
    }
  };

  const schedule = () => {
    window.clearTimeout(timer);
    if (paused || document.hidden) return;
    timer = window.setTimeout(async () => {
      await refresh();
      schedule();
    }, every);
  };

  button.addEventListener("click", async () => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    say(paused ? "Paused" : "Live");
    if (!paused) await refresh();
    schedule();
  });

  document.addEventListener("visibilitychange", async () => {
    if (!document.hidden && !paused) await refresh();
    schedule();
  });

  control.hidden = false;
  say("Live");
  schedule();
}

const list = document.querySelector("[data-live]");
const control = document.querySelector("[data-live-control]");
if (list instanceof HTMLElement && control instanceof HTMLElement) keepLive(list, control);
