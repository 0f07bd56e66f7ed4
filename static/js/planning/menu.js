// The small menu of a day: choose a shift, free, remove, copy, paste.
import { find, findAll } from "../dom.js";

/** @typedef {import("./cells.js").Board} Board */
/** @typedef {import("./cells.js").Place} Place */

export class Menu {
  /** @param {Board} board */
  constructor(board) {
    this.board = board;
    this.dialog = find("[data-menu]", HTMLDialogElement);
    this.title = find("[data-menu-title]", HTMLElement, this.dialog);
    this.error = find("[data-menu-error]", HTMLElement, this.dialog);
    this.more = find("[data-menu-more]", HTMLAnchorElement, this.dialog);
    this.choices = findAll("[data-do]", HTMLButtonElement, this.dialog);
    /** @type {Place | null} */
    this.place = null;
    /** @type {string[] | null} The keys of the shifts that were copied. */
    this.copied = null;
    for (const button of this.choices) button.addEventListener("click", () => this.choose(button));
    this.dialog.addEventListener("keydown", (event) => this.step(event));
    this.dialog.addEventListener("close", () => this.back());
  }

  /** @param {HTMLTableCellElement} cell */
  open(cell) {
    const link = this.board.linkOf(cell);
    if (!link) return;
    const has = this.board.shiftsOf(cell);
    this.place = this.board.placeOf(cell);
    this.title.textContent = this.board.titleOf(cell);
    this.more.href = link.href;
    this.error.hidden = true;
    for (const button of this.choices) {
      const chosen = button.dataset.do === "set" && has.includes(button.dataset.shift ?? "");
      if (button.dataset.do === "set") button.setAttribute("aria-pressed", String(chosen));
      if (button.dataset.do === "paste") button.disabled = this.copied === null;
    }
    this.dialog.showModal();
  }

  /** @param {HTMLButtonElement} button */
  async choose(button) {
    const place = this.place;
    const cell = place && this.board.cellAt(place);
    if (!place || !cell) return;
    const what = button.dataset.do ?? "";
    let refused = "";
    if (what === "set") refused = await this.board.change(place, "set", [["shifts", button.dataset.shift ?? ""]]);
    else if (what === "free" || what === "assigned") refused = await this.board.change(place, what);
    else if (what === "take") this.take(cell);
    else if (what === "paste") refused = await this.paste(cell);
    this.error.textContent = refused;
    this.error.hidden = !refused;
    if (!refused) this.dialog.close();
  }

  /** @param {HTMLTableCellElement} cell */
  take(cell) {
    this.copied = this.board.shiftsOf(cell);
    this.board.say(this.board.table.dataset.textTaken ?? "");
  }

  /**
   * Give a day the shifts that were copied; none make it free.
   * @param {HTMLTableCellElement} cell
   * @returns {Promise<string>} Why it was refused.
   */
  async paste(cell) {
    if (!this.copied) return this.board.table.dataset.textNothing ?? "";
    const place = this.board.placeOf(cell);
    if (!this.copied.length) return this.board.change(place, "free");
    return this.board.change(
      place,
      "set",
      this.copied.map((key) => ["shifts", key]),
    );
  }

  /**
   * Arrows go from choice to choice.
   * @param {KeyboardEvent} event
   */
  step(event) {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const open = this.choices.filter((button) => !button.disabled);
    const here = open.findIndex((button) => button === document.activeElement);
    open[(here + way + open.length) % open.length]?.focus();
  }

  back() {
    if (this.place) this.board.linkOf(this.board.cellAt(this.place))?.focus({ preventScroll: true });
  }
}
