// A file's page while a worker saves it: asks every two seconds, and loads the page again when it has ended.

import { find, pause } from "./dom.js";

const EVERY = 2000;

/** @returns {Promise<Element | null>} The progress as the page shows it by now; null where the server does not answer. */
async function ask() {
  try {
    const response = await fetch(window.location.href, { credentials: "same-origin", cache: "no-store" });
    if (!response.ok) return null;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return page.getElementById("import-progress");
  } catch {
    return null;
  }
}

async function follow() {
  const shown = find("#import-progress", HTMLElement);
  while (shown.hasAttribute("data-open")) {
    await pause(EVERY);
    const now = document.hidden ? null : await ask();
    if (now === null) continue;
    shown.replaceChildren(...now.childNodes);
    shown.toggleAttribute("data-open", now.hasAttribute("data-open"));
  }
}

void follow();
