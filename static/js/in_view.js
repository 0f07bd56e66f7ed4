/* What is wider than its frame opens where the page says, such as at this month of a year, instead of at its edge. */

import { findAll } from "./dom.js";

for (const here of findAll("[data-here]", Element)) {
  const frame = here.closest(".table-scroll");
  if (!frame) continue;
  // What comes before today is read with it; and a column that stays at the beginning would cover it there.
  const side = here.getAttribute("data-here") === "end" ? "right" : "left";
  frame.scrollLeft += here.getBoundingClientRect()[side] - frame.getBoundingClientRect()[side];
  if (side === "right") uncut(frame, here);
}

/**
 * Hides a column wholly, of which the one that stays at the beginning covers a part: half a figure reads as another.
 * @param {Element} frame
 * @param {Element} here
 */
function uncut(frame, here) {
  const [stays, ...others] = here.parentElement?.children ?? [];
  if (!(stays instanceof HTMLElement) || getComputedStyle(stays).position !== "sticky") return;
  const hidden = () => {
    const edge = stays.getBoundingClientRect().right;
    const boxes = others.map((one) => one.getBoundingClientRect());
    const cut = boxes.find((box) => box.left < edge - 0.5 && box.right > edge + 0.5);
    return cut ? cut.right - edge : 0;
  };
  frame.scrollLeft += Math.ceil(hidden());
  const rest = hidden();
  // At the end of the month there is nothing left to scroll to.
  if (rest) {
    stays.style.minWidth = `${stays.getBoundingClientRect().width + rest}px`;
    stays.style.maxWidth = "none";
    frame.scrollLeft += Math.ceil(rest);
  }
}
