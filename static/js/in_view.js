/* What is wider than its frame opens where the page says, such as at this month of a year, instead of at its edge. */

import { findAll } from "./dom.js";

for (const here of findAll("[data-here]", Element)) {
  const frame = here.closest(".table-scroll");
  if (frame) frame.scrollLeft += here.getBoundingClientRect().left - frame.getBoundingClientRect().left;
}
