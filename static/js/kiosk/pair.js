// The pairing page: the device makes its key, and its public half goes with the form.
import { find, findAll } from "../dom.js";
import { able, makeKey } from "./device.js";

/** @param {HTMLFormElement} form */
function pairWithKey(form) {
  const field = find("[name=public_key]", HTMLInputElement, form);
  form.addEventListener("submit", async (event) => {
    if (!able || field.value) return;
    event.preventDefault();
    try {
      field.value = (await makeKey()).publicKey;
    } catch {
      // A browser that keeps nothing (private mode): paired without a key, which the kiosk's page in the admin says.
    }
    form.submit();
  });
}

// A link that no longer holds has no form.
findAll("#pair-form", HTMLFormElement).forEach(pairWithKey);
