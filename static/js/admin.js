// What the admin theme leaves to us: its components by name, since under our content security policy no page evaluates a
// script of its own (static/unfold/js/alpine is Alpine's build for that); and the names of its made-up fields for whoever
// does not see the page.

const CELLS = "td[data-label] :is(input, select, textarea):not([type=hidden]):not([aria-label])";

/**
 * Select2 puts a field of its own before the real one, and leaves the label with that.
 * @param {Element} container
 */
function nameSelect(container) {
  const select = container.previousElementSibling;
  const label = select?.id && document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  const name = label ? label.textContent.replace("*", "").trim() : select?.closest("td")?.dataset.label;
  if (!name) return;
  container.querySelector("[role=combobox]")?.setAttribute("aria-label", name);
  container.querySelector("[role=combobox]")?.removeAttribute("aria-labelledby");
  for (const field of container.querySelectorAll("[role=textbox], [role=searchbox]")) {
    field.setAttribute("aria-label", name);
  }
}

function nameAll() {
  document.querySelectorAll(".select2-container").forEach(nameSelect);
  for (const field of document.querySelectorAll(CELLS)) {
    const labelled = "labels" in field && field.labels instanceof NodeList && field.labels.length > 0;
    if (!labelled) field.setAttribute("aria-label", field.closest("td")?.dataset.label ?? "");
  }
  // The theme writes every word of a heading large, which no language here does.
  for (const cell of document.querySelectorAll(":is(td, th)[data-label]:not([data-named])")) {
    if (!(cell instanceof HTMLElement)) continue;
    const label = cell.dataset.label ?? "";
    cell.dataset.label = label.charAt(0).toUpperCase() + label.slice(1);
    cell.dataset.named = "";
  }
  // What the theme cuts with … is said whole by its title.
  for (const cut of document.querySelectorAll(".truncate:not([title])")) {
    cut.setAttribute("title", (cut.textContent ?? "").replace(/\s+/g, " ").trim());
  }
  // A list whose children are no items, and a sign in a list that is none.
  document.querySelectorAll("ul.object-tools:not([role])").forEach((list) => list.setAttribute("role", "group"));
  document.querySelectorAll("ul > .select2-selection__clear").forEach((sign) => sign.setAttribute("aria-hidden", "true"));
}

document.addEventListener("DOMContentLoaded", () => {
  nameAll();
  let asked = 0;
  new MutationObserver(() => {
    // At once: nobody is to meet such a field without its name.
    document.querySelectorAll(".select2-container").forEach(nameSelect);
    // No animation frame: a window behind another has none.
    clearTimeout(asked);
    asked = setTimeout(nameAll);
  }).observe(document.body, { childList: true, subtree: true });
});

/**
 * What the theme's templates use of the whole page.
 * @param {string} active
 */
function adminPage(active) {
  const own = /** @type {any} */ (window);
  return {
    activeTab: own.getCurrentTab?.() || active,
    sidebarMobileOpen: false,
    sidebarDesktopOpen: localStorage.getItem("sidebarDesktopOpen") !== "0",
    // A template names it, and is given no other.
    window: { location: { pathname: location.pathname, search: location.search } },
    init() {
      const page = /** @type {any} */ (this);
      page.$watch("sidebarDesktopOpen", (/** @type {boolean} */ open) => {
        localStorage.setItem("sidebarDesktopOpen", open ? "1" : "0");
      });
    },
  };
}

document.addEventListener("alpine:init", () => {
  const own = /** @type {any} */ (window);
  own.Alpine.data("adminPage", adminPage);
  for (const name of ["theme", "searchForm", "searchDropdown"]) {
    if (own[name]) own.Alpine.data(name, own[name]);
  }
  // That build reads one expression and no second statement; what the theme's second ones do, `adminPage` does.
  for (const element of document.querySelectorAll("[x-on\\:click*=';']")) {
    element.setAttribute("x-on:click", element.getAttribute("x-on:click")?.split(";")[0] ?? "");
  }
});

// What is chosen in the menu; theme.js shows it, here and on the pages outside the admin.
document.addEventListener("alpine:initialized", () => {
  const { Alpine } = /** @type {any} */ (window);
  const chosen = Alpine.$data(document.documentElement);
  Alpine.effect(() => dispatchEvent(new CustomEvent("theme", { detail: chosen.adminTheme })));
});
