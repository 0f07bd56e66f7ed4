// The search of every page, opened with Ctrl+K or the button: people, pages and settings, by the keyboard alone.
import { find, findAll } from "./dom.js";

const WAIT = 150;
const dialog = find("#find", HTMLDialogElement);
const field = find("input", HTMLInputElement, dialog);
const form = find("form", HTMLFormElement, dialog);
const results = find(".find-results", HTMLElement, dialog);

let asked = 0;
let last = "";
let timer = 0;

function links() {
  return findAll("a", HTMLAnchorElement, results);
}

async function ask() {
  const words = field.value.trim();
  if (words === last) return;
  last = words;
  asked += 1;
  const turn = asked;
  const address = `${form.action}?${new URLSearchParams({ q: words, part: "1" })}`;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error" });
    const found = answer.ok ? await answer.text() : "";
    // A slower, earlier answer does not take the place of a newer one.
    if (turn === asked) results.innerHTML = found;
  } catch {
    // Without the server Enter opens the page of the search, which says so.
    if (turn === asked) last = "";
  }
}

function open() {
  if (dialog.open) return;
  dialog.showModal();
  field.select();
}

/** @param {number} step */
function move(step) {
  const all = links();
  const here = all.findIndex((link) => link === document.activeElement);
  const next = all[here + step];
  if (next) next.focus();
  else if (step < 0) field.focus();
}

addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
  }
});
field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT);
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(timer);
  await ask();
  const first = links()[0];
  location.assign(first ? first.href : `${form.action}?${new URLSearchParams({ q: field.value })}`);
});
dialog.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) {
    // A search field would only be emptied by the first one.
    event.preventDefault();
    dialog.close();
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  move(event.key === "ArrowDown" ? 1 : -1);
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
for (const link of findAll(".bell--search", HTMLAnchorElement)) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    open();
  });
}

const from = find("#menu-badges", HTMLTemplateElement).dataset.from ?? "";

/** Puts beside each entry of the menu how much waits behind it. */
async function showBadges() {
  let found = { badges: [] };
  try {
    const answer = await fetch(from, { headers: { Accept: "application/json" }, redirect: "error" });
    if (answer.ok) found = await answer.json();
  } catch {
    return;
  }
  document.querySelectorAll(".menu-badge").forEach((badge) => badge.remove());
  for (const { href, count, said } of found.badges) {
    for (const link of findAll(".site-nav a, #nav-sidebar-inner a, .bell", HTMLAnchorElement)) {
      if (link.getAttribute("href") !== href) continue;
      const badge = document.createElement("span");
      badge.className = "menu-badge";
      badge.textContent = String(count);
      badge.title = `${said}: ${count}`;
      link.append(badge);
    }
  }
}

/** Where the menu scrolls, the open page's entry is in view. */
function showHere() {
  for (const frame of document.querySelectorAll(".site-nav, .person-tabs")) {
    const here = frame.querySelector("[aria-current]");
    if (!here) continue;
    const [inner, outer] = [here.getBoundingClientRect(), frame.getBoundingClientRect()];
    // Only sideways: scrollIntoView would also take the page back to its top, from the day that the address names.
    frame.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  }
}

showHere();
// The badges make the entries before it wider.
showBadges().then(showHere);
