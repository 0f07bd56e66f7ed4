// The pairing page: the device makes its key, and its public half goes with the form.
import { able, makeKey } from "./device.js";

const form = document.getElementById("pair-form");

form?.addEventListener("submit", async (event) => {
  if (!able || form.elements.public_key.value) return;
  event.preventDefault();
  try {
    form.elements.public_key.value = (await makeKey()).publicKey;
  } catch {
    // A browser that keeps nothing (private mode): paired without a key, which the kiosk's page in the admin says.
  }
  form.submit();
});
