// What the admin theme leaves unsaid to whoever does not see the page: the names of its made-up fields.

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
  for (const cell of document.querySelectorAll("td[data-label]:not([data-named])")) {
    if (!(cell instanceof HTMLElement)) continue;
    const label = cell.dataset.label ?? "";
    cell.dataset.label = label.charAt(0).toUpperCase() + label.slice(1);
    cell.dataset.named = "";
  }
  // A list whose children are no items.
  document.querySelectorAll("ul.object-tools:not([role])").forEach((list) => list.setAttribute("role", "group"));
}

document.addEventListener("DOMContentLoaded", () => {
  nameAll();
  let asked = 0;
  new MutationObserver(() => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(nameAll);
  }).observe(document.body, { childList: true, subtree: true });
});
