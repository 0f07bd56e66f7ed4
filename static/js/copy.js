/* The buttons that copy a link. Where the browser does not allow that, as on plain HTTP, the link is left selected. */

import { findAll } from "./dom.js";

/**
 * Mark the whole text, as a finger or a mouse would.
 * @param {HTMLElement} source
 */
function select(source) {
  if (source instanceof HTMLInputElement) {
    source.focus();
    source.select();
    return;
  }
  const range = document.createRange();
  range.selectNodeContents(source);
  const selection = window.getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

/**
 * Put the text on the clipboard; false where neither way is allowed.
 * @param {string} text
 */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No permission, or no clipboard on plain HTTP: what is selected can still be copied.
    return document.execCommand("copy");
  }
}

for (const button of findAll("[data-copy]", HTMLButtonElement)) {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (source === null) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    select(source);
    const text = source instanceof HTMLInputElement ? source.value : (source.textContent ?? "").trim();
    button.textContent = ((await copied(text)) ? button.dataset.copied : button.dataset.selected) ?? "";
  });
}
