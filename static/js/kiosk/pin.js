// The PIN pad: a number, then a PIN, by touch or by keyboard.
import { play } from "./tone.js";

export class PinPad {
  constructor(form, { onSubmit, onTouch, text }) {
    this.form = form;
    this.number = form.elements.number;
    this.pin = form.elements.pin;
    this.error = form.querySelector("#pin-error");
    this.button = form.querySelector("#pin-submit");
    this.onSubmit = onSubmit;
    this.text = text;
    this.active = this.number;
    for (const input of [this.number, this.pin]) {
      input.addEventListener("focus", () => this.#choose(input));
      input.addEventListener("input", () => {
        this.say("");
        onTouch();
      });
    }
    this.number.addEventListener("blur", () => {
      this.number.inputMode = "none";
    });
    for (const key of form.querySelectorAll("[data-key]")) {
      // The field keeps the focus, so that keyboard and pad may be mixed.
      key.addEventListener("pointerdown", (event) => event.preventDefault());
      key.addEventListener("click", () => {
        onTouch();
        this.press(key.dataset.key);
      });
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onTouch();
      this.submit();
    });
  }

  /** Empty both fields; `first` is a character typed before the pad was open. */
  open(first = "") {
    this.busy(false);
    this.number.value = first;
    this.pin.value = "";
    this.say("");
    this.#choose(this.number);
    this.number.focus();
  }

  press(key) {
    play("key");
    this.say("");
    if (key === "letters") {
      this.number.inputMode = "text";
      this.number.blur();
      this.number.inputMode = "text";
      this.number.focus();
      return;
    }
    const input = this.active;
    if (key === "back") input.value = input.value.slice(0, -1);
    else if (input.value.length < input.maxLength) input.value += key;
    input.focus();
  }

  submit() {
    if (this.active === this.number && this.number.value.trim() && !this.pin.value) {
      this.pin.focus();
      return;
    }
    if (!this.number.value.trim() || !this.pin.value) {
      this.say(this.text.fill);
      (this.number.value.trim() ? this.pin : this.number).focus();
      return;
    }
    if (this.button.disabled) return;
    this.busy(true);
    this.onSubmit(this.number.value.trim(), this.pin.value);
  }

  get empty() {
    return !this.number.value && !this.pin.value;
  }

  /** On to the PIN, when the number came from a badge. */
  next() {
    this.pin.focus();
  }

  /** Say why it did not work; the PIN is typed again, the number stays. */
  refuse(message) {
    this.busy(false);
    this.pin.value = "";
    this.say(message);
    this.pin.focus();
  }

  /** Forget what was typed. */
  clear() {
    this.number.value = this.pin.value = "";
    this.say("");
  }

  say(message) {
    if (this.error.textContent !== message) this.error.textContent = message;
  }

  busy(yes) {
    this.button.disabled = yes;
  }

  #choose(input) {
    this.active = input;
    this.number.toggleAttribute("data-active", input === this.number);
    this.pin.toggleAttribute("data-active", input === this.pin);
    this.button.querySelector("[data-first]").hidden = input !== this.number;
    this.button.querySelector("[data-second]").hidden = input === this.number;
  }
}
