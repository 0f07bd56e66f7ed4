// Chooses the browser's own place where none is chosen yet; whoever fills the form sees it and may choose another.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

for (const select of document.querySelectorAll("select[data-place]")) {
  if (!(select instanceof HTMLSelectElement) || select.value) continue;
  const found = [...select.options].find((option) => option.value === zone && zone !== "UTC");
  if (found) found.selected = true;
}
