/* A form that opens inside a day is in view, and its first field is ready to be filled in. */

import { findAll } from "./dom.js";

for (const details of findAll(".punches__form", HTMLDetailsElement)) {
  details.addEventListener("toggle", () => {
    const field = details.querySelector(":is(input, select):not([type=hidden])");
    if (!details.open || !(field instanceof HTMLElement)) return;
    field.focus({ preventScroll: true });
    details.scrollIntoView({ block: "nearest" });
  });
}
