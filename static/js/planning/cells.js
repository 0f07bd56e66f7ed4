// The board's cells: whose day each is, what it has, and the server asked to change it.
import { find, findAll } from "../dom.js";

/**
 * @typedef {object} Place A person's day.
 * @property {string} person The number.
 * @property {string} day As in 2026-11-23.
 */

export class Board {
  /** @param {HTMLTableElement} table */
  constructor(table) {
    this.table = table;
    this.said = find("[data-said]", HTMLElement);
    this.undo = find("[data-undo]", HTMLFormElement);
    this.token = find("[name=csrfmiddlewaretoken]", HTMLInputElement).value;
    this.days = findAll("thead [data-day]", HTMLElement, table).map((head) => head.dataset.day ?? "");
    /** @type {() => void} What is done once lines were replaced. */
    this.replaced = () => {};
  }

  /**
   * The cell that an element lies in.
   * @param {EventTarget | null} target
   * @returns {HTMLTableCellElement | null}
   */
  cellOf(target) {
    const cell = target instanceof Element ? target.closest("td") : null;
    return cell instanceof HTMLTableCellElement && this.table.contains(cell) ? cell : null;
  }

  /**
   * Whose day a cell is.
   * @param {HTMLTableCellElement} cell
   * @returns {Place}
   */
  placeOf(cell) {
    return { person: this.lineOf(cell).dataset.person ?? "", day: this.days[cell.cellIndex - 1] ?? "" };
  }

  /**
   * The person's name and the day, as the page writes them.
   * @param {HTMLTableCellElement} cell
   */
  titleOf(cell) {
    const head = this.table.tHead?.rows[0]?.cells[cell.cellIndex]?.textContent?.trim() ?? "";
    return `${this.lineOf(cell).dataset.name ?? ""}, ${head}`;
  }

  /**
   * @param {Place} place
   * @returns {HTMLTableCellElement | null}
   */
  cellAt({ person, day }) {
    const line = this.table.querySelector(`tr[data-person="${CSS.escape(person)}"]`);
    const cell = line instanceof HTMLTableRowElement ? line.cells[this.days.indexOf(day) + 1] : undefined;
    return cell instanceof HTMLTableCellElement ? cell : null;
  }

  /**
   * The link of a day that may be changed.
   * @param {HTMLTableCellElement | null} cell
   */
  linkOf(cell) {
    const link = cell?.querySelector("a");
    return link instanceof HTMLAnchorElement ? link : null;
  }

  /**
   * The keys of a day's shifts.
   * @param {HTMLTableCellElement} cell
   */
  shiftsOf(cell) {
    return findAll("[data-shift]", HTMLElement, cell).map((chip) => chip.dataset.shift ?? "");
  }

  /** @param {string} text What is read aloud, too. */
  say(text) {
    this.said.textContent = text;
  }

  /**
   * Change a day; the lines that the server sends back take the place of those on the page.
   * @param {Place} place
   * @param {string} what
   * @param {[string, string][]} [fields]
   * @returns {Promise<string>} Why it was refused; empty where it was done.
   */
  async change(place, what, fields = []) {
    const body = new FormData();
    body.append("do", what);
    for (const [name, value] of fields) body.append(name, value);
    const asked = new URLSearchParams(this.table.dataset.query);
    asked.set("person", place.person);
    asked.set("day", place.day);
    try {
      const answer = await fetch(`${this.table.dataset.address ?? ""}?${asked}`, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRFToken": this.token },
        body,
        credentials: "same-origin",
      });
      if (answer.redirected) {
        // Logged out: the page itself knows where to go.
        window.location.reload();
        return "";
      }
      const content = await answer.json();
      if (!answer.ok) return String(content.detail ?? this.table.dataset.textFailed);
      this.replace(content.rows);
      for (const count of findAll("[data-drafts]", HTMLElement)) count.textContent = String(content.drafts);
      this.undo.hidden = false;
      this.say(content.said);
      return "";
    } catch {
      return this.table.dataset.textFailed ?? "";
    }
  }

  /** @param {Record<string, string>} rows Lines by the person's number. */
  replace(rows) {
    const focused = this.cellOf(document.activeElement);
    const place = focused && this.placeOf(focused);
    for (const [person, html] of Object.entries(rows)) {
      const fresh = document.createElement("template");
      fresh.innerHTML = html.trim();
      const line = this.table.querySelector(`tr[data-person="${CSS.escape(person)}"]`);
      if (line && fresh.content.firstElementChild) line.replaceWith(fresh.content.firstElementChild);
    }
    this.replaced();
    if (place) this.linkOf(this.cellAt(place))?.focus({ preventScroll: true });
  }

  /**
   * @param {HTMLTableCellElement} cell
   * @returns {HTMLElement}
   */
  lineOf(cell) {
    return /** @type {HTMLElement} */ (cell.parentElement);
  }
}
