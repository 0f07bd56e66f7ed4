/* A page's own print button; without scripts the browser's menu prints it as well. */

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
