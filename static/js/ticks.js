/* "Select all" beside a form whose tick boxes stand in the rows above it. */

for (const label of document.querySelectorAll("[data-tick-all]")) {
  const all = label.querySelector("input");
  if (!(label instanceof HTMLElement) || !all) continue;
  const boxes = [...document.querySelectorAll("input[type=checkbox][name=row]")].filter(
    (box) => box instanceof HTMLInputElement && box.getAttribute("form") === label.dataset.tickAll,
  );
  label.hidden = boxes.length === 0;
  all.addEventListener("change", () => {
    for (const box of boxes) if (box instanceof HTMLInputElement) box.checked = all.checked;
  });
}
