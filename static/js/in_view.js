/* What is wider than its frame opens where the page says, such as at this month of a year, instead of at its edge. */

import { findAll } from "./dom.js";

for (const here of findAll("[data-here]", Element)) {
  const frame = here.closest(".table-scroll");
  if (!frame) continue;
  // What comes before today is read with it; and a column that stays at the beginning would cover it there.
  const side = here.getAttribute("data-here") === "end" ? "right" : "left";
  frame.scrollLeft += here.getBoundingClientRect()[side] - frame.getBoundingClientRect()[side];
}
