// The PIN pad: a number, then a PIN, by touch or by keyboard.
import { find, findAll } from "../dom.js";
import { play } from "./tone.js";

/**
 * @typedef {object} PadParts
 * @property {(number: string, pin: string) => void} onSubmit
 * @property {() => void} onTouch Called at whatever shows that somebody is there.
 * @property {Record<string, string>} text
 */

export class PinPad {
  /**
   * @param {HTMLFormElement} form
   * @param {PadParts} parts
   */
  constructor(form, { onSubmit, onTouch, text }) {
    this.form = form;
    this.number = find("[name=number]", HTMLInputElement, form);
    this.pin = find("[name=pin]", HTMLInputElement, form);
    this.error = find("#pin-error", HTMLElement, form);
    this.button = find("#pin-submit", HTMLButtonElement, form);
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
    for (const key of findAll("[data-key]", HTMLElement, form)) {
      // The field keeps the focus, so that keyboard and pad may be mixed.
      key.addEventListener("pointerdown", (event) => event.preventDefault());
      key.addEventListener("click", () => {
        onTouch();
        this.press(key.dataset.key ?? "");
      });
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onTouch();
      this.submit();
    });
  }

  /**
   * Empty both fields; `first` is a character typed before the pad was open.
   * @param {string} [first]
   */
  open(first = "") {
    this.busy(false);
    this.number.value = first;
    this.pin.value = "";
    this.say("");
    this.#choose(this.number);
    this.number.focus();
  }

  /** @param {string} key */
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

  /**
   * Say why it did not work; the PIN is typed again, the number stays.
   * @param {string} message
   */
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

  /** @param {string} message */
  say(message) {
    if (this.error.textContent !== message) this.error.textContent = message;
  }

  /** @param {boolean} yes */
  busy(yes) {
    this.button.disabled = yes;
  }

  /** @param {HTMLInputElement} input */
  #choose(input) {
    this.active = input;
    this.number.toggleAttribute("data-active", input === this.number);
    this.pin.toggleAttribute("data-active", input === this.pin);
    find("[data-first]", HTMLElement, this.button).hidden = input !== this.number;
    find("[data-second]", HTMLElement, this.button).hidden = input === this.number;
  }
}
