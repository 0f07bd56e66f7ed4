// Lets whoever types a password see it, and hides it again before it is sent: browsers would keep it as ordinary text.
import { find, findAll } from "./dom.js";

const template = find("#reveal", HTMLTemplateElement);

for (const input of findAll("input[type=password]", HTMLInputElement)) {
  const button = find("button", HTMLButtonElement, /** @type {DocumentFragment} */ (template.content.cloneNode(true)));
  /** @param {boolean} shown */
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  input.form?.addEventListener("submit", () => show(false));
  input.after(button);
}
