/* A page's own print button; without scripts the browser's menu prints it as well. */

import { findAll } from "./dom.js";

for (const button of findAll("[data-print]", HTMLElement)) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
