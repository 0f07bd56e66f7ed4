// Makes a passkey, or logs in with one: what the server offers goes to the browser, and its answer back.
import { find } from "./dom.js";

/**
 * @param {string} url
 * @param {object} [body]
 * @returns {Promise<any>}
 */
async function post(url, body) {
  const token = find("[name=csrfmiddlewaretoken]", HTMLInputElement).value;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
    body: body ? JSON.stringify(body) : "",
  });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.detail ?? String(answer.status));
  return content;
}

/**
 * @param {string} url
 * @param {boolean} make
 */
async function run(url, make) {
  const offered = await post(url);
  if (offered.next) return offered.next;
  const { publicKey } = offered;
  // Older browsers know no JSON form; there the button is not shown.
  const credential = make
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  if (!(credential instanceof PublicKeyCredential)) throw new Error("no credential");
  return (await post(url, credential.toJSON())).next;
}

const button = find("#passkey", HTMLButtonElement);
const error = find("#passkey-error", HTMLElement);
button.hidden = !("PublicKeyCredential" in window && "parseCreationOptionsFromJSON" in PublicKeyCredential);
button.addEventListener("click", async () => {
  button.disabled = true;
  error.textContent = "";
  try {
    location.assign(await run(button.dataset.url ?? "", "make" in button.dataset));
  } catch (problem) {
    const cancelled = problem instanceof DOMException;
    error.textContent = cancelled || !(problem instanceof Error) ? (error.dataset.failed ?? "") : problem.message;
    button.disabled = false;
  }
});
