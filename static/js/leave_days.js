/* Says how many days the time off in the form takes as soon as it is filled in: what its button does without a script. */

import { find } from "./dom.js";

const form = find("[data-days]", HTMLFormElement);
const answer = find("[data-days-answer]", HTMLElement, form);
find("[data-days-count]", HTMLButtonElement, form).hidden = true;
let asked = 0;

form.addEventListener("change", async () => {
  const number = ++asked;
  const body = new FormData(form);
  body.set("do", "count");
  let html = "";
  try {
    const response = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    html = page.querySelector("[data-days-answer]")?.innerHTML ?? "";
  } catch {
    // Without a network nothing is said; sending says what is wrong.
  }
  if (number === asked && answer.innerHTML !== html) answer.innerHTML = html;
});
