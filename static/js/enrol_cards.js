// One card for each photo: its picture, its state, the reasons and what to do about them.
import { fill, find } from "./dom.js";

/**
 * @typedef {object} Verdict A photo as the server tells of it (``photo_verdict`` in recognition/services/enrolment.py).
 * @property {string} id
 * @property {string} file_name
 * @property {"queued" | "processing" | "accepted" | "rejected"} state
 * @property {string} state_label
 * @property {{code: string, message: string, remedy: string}[]} reasons
 * @property {boolean} can_override
 * @property {boolean} has_chip
 * @property {boolean} waiting
 * @property {{number: string, name: string, distance: number | null} | null} resembles
 * @property {string} from_kiosk
 * @property {string} [turned]
 * @property {string} [kiosk_scores]
 */

/**
 * @typedef {object} EnrolConfig What the page was told when it was made (``_config`` in recognition/views/enrol.py).
 * @property {boolean} consent
 * @property {Verdict[]} photos
 * @property {Record<"look" | "photos" | "clip" | "progress" | "chip" | "override" | "delete", string>} urls
 * @property {string} any Stands in an address where a photo's id belongs.
 * @property {number} good
 * @property {number} limit
 * @property {Record<string, string>} words
 */

/**
 * @typedef {object} Card
 * @property {HTMLElement} item
 * @property {HTMLImageElement} image
 * @property {HTMLElement} label
 * @property {HTMLElement} state
 * @property {HTMLProgressElement} bar
 * @property {HTMLElement} reasons
 * @property {HTMLFormElement} form
 * @property {HTMLElement} overrule
 * @property {HTMLButtonElement} again
 * @property {HTMLButtonElement} remove
 * @property {string} title
 * @property {File | null} file Kept until the server has it.
 * @property {string} source
 * @property {string} local The address of the file's own picture.
 * @property {string} shown The address of the picture that is shown.
 * @property {string} seen The verdict that is shown, as JSON.
 * @property {Verdict | null} verdict
 */

/**
 * @typedef {object} CardActions
 * @property {(card: Card) => void} again
 * @property {(card: Card) => void} remove
 * @property {(card: Card, reason: string) => void} override
 */

export class Cards {
  #list = find("#enrol-cards", HTMLElement);
  #template = find("#enrol-card", HTMLTemplateElement);
  #empty = find("#enrol-none", HTMLElement);
  /** @type {Map<string, Card>} */
  byId = new Map();

  /** @param {{config: EnrolConfig, announce: (text: string) => void, on: CardActions}} parts */
  constructor({ config, announce, on }) {
    this.config = config;
    this.announce = announce;
    this.on = on;
  }

  /**
   * A card for a file on its way to the server.
   * @param {File} file
   * @param {string} source
   */
  pending(file, source) {
    const card = this.#make();
    Object.assign(card, { file, source, local: URL.createObjectURL(file) });
    card.title = file.name || this.config.words.webcam;
    this.#picture(card, card.local);
    this.sending(card, 0);
    return card;
  }

  /**
   * @param {Card} card
   * @param {number} percent
   */
  sending(card, percent) {
    const done = percent >= 100;
    this.#state(card, "sending", done ? this.config.words.checking : `${this.config.words.sending} ${percent} %`);
    card.bar.hidden = done;
    card.bar.value = percent;
    card.reasons.replaceChildren();
    card.again.hidden = true;
    card.remove.hidden = true;
  }

  /**
   * The photo did not arrive or was refused; the file is kept so that it can be sent again.
   * @param {Card} card
   * @param {{title: string, remedy?: string}} problem
   * @param {{again: boolean}} may
   */
  failed(card, { title, remedy = "" }, { again }) {
    this.#state(card, "failed", this.config.words.failed);
    card.bar.hidden = true;
    card.reasons.replaceChildren(this.#reason(title, remedy));
    card.again.hidden = !again;
    card.remove.hidden = false;
    card.remove.textContent = this.config.words.remove;
    this.announce(`${card.title}: ${title}`);
  }

  /**
   * Show what the server says about a photo; makes its card when there is none.
   * @param {Verdict} verdict
   */
  show(verdict, card = this.byId.get(verdict.id) ?? this.#make({ last: true })) {
    const seen = JSON.stringify(verdict);
    if (card.seen === seen) return;
    const before = card.verdict;
    Object.assign(card, { seen, verdict, file: null });
    this.byId.set(verdict.id, card);
    card.title = verdict.file_name || card.title || this.config.words.photo;
    this.#name(card);
    const open = ["queued", "processing"].includes(verdict.state);
    this.#state(card, verdict.state, verdict.state_label);
    card.bar.hidden = !open || verdict.waiting;
    if (open) card.bar.removeAttribute("value");
    if (verdict.has_chip) this.#picture(card, this.url("chip", verdict.id));
    this.#explain(card, verdict, open);
    card.again.hidden = true;
    card.remove.hidden = false;
    card.remove.textContent = this.config.words.delete;
    if (!open && before && before.state !== verdict.state) this.#say(card, verdict);
  }

  /** @param {Card} card */
  drop(card) {
    const next = card.item.nextElementSibling ?? card.item.previousElementSibling;
    if (card.verdict) this.byId.delete(card.verdict.id);
    if (card.local) URL.revokeObjectURL(card.local);
    card.item.remove();
    this.#empty.hidden = this.#list.children.length > 0;
    const onward = next?.querySelector("button:not([hidden])") ?? document.querySelector("#enrol-choose");
    if (onward instanceof HTMLElement) onward.focus();
  }

  /**
   * The address of what is done with one photo.
   * @param {"chip" | "override" | "delete"} what
   * @param {string} id
   */
  url(what, id) {
    return this.config.urls[what].replace(this.config.any, id);
  }

  #make({ last = false } = {}) {
    const copy = document.importNode(this.#template.content, true);
    const item = find(".enrol-card", HTMLElement, copy);
    /** @type {Card} */
    const card = {
      item,
      image: find("img", HTMLImageElement, item),
      label: find(".enrol-name", HTMLElement, item),
      state: find(".enrol-state", HTMLElement, item),
      bar: find("progress", HTMLProgressElement, item),
      reasons: find(".enrol-reasons", HTMLElement, item),
      form: find(".enrol-override form", HTMLFormElement, item),
      overrule: find(".enrol-override", HTMLElement, item),
      again: find("[data-do=again]", HTMLButtonElement, item),
      remove: find("[data-do=delete]", HTMLButtonElement, item),
      title: "",
      file: null,
      source: "",
      local: "",
      shown: "",
      seen: "",
      verdict: null,
    };
    card.image.addEventListener("error", () => { card.image.hidden = true; });
    card.again.addEventListener("click", () => this.on.again(card));
    card.remove.addEventListener("click", () => this.#confirm(card));
    card.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.on.override(card, find("[name=reason]", HTMLInputElement, card.form).value);
    });
    this.#list[last ? "append" : "prepend"](item);
    this.#empty.hidden = true;
    return card;
  }

  /**
   * A photo that the server has is deleted at the second press.
   * @param {Card} card
   */
  #confirm(card) {
    const { words } = this.config;
    if (!card.verdict || card.remove.textContent === words.confirm_delete) {
      this.on.remove(card);
      return;
    }
    card.remove.textContent = words.confirm_delete;
    card.remove.classList.add("is-danger");
    const calm = () => {
      card.remove.textContent = words.delete;
      card.remove.classList.remove("is-danger");
    };
    card.remove.addEventListener("blur", calm, { once: true });
  }

  /**
   * @param {Card} card
   * @param {Verdict} verdict
   * @param {boolean} open
   */
  #explain(card, verdict, open) {
    const { words } = this.config;
    const lines = [];
    if (verdict.from_kiosk) {
      lines.push(this.#reason(fill(words.from_kiosk, { at: verdict.from_kiosk }), verdict.kiosk_scores ?? ""));
    }
    if (verdict.turned) lines.push(this.#reason(verdict.turned, ""));
    if (verdict.waiting && open) lines.push(this.#reason(words.waiting, ""));
    if (verdict.state === "rejected") {
      for (const { message, remedy } of verdict.reasons) lines.push(this.#reason(message, remedy));
    }
    if (verdict.resembles && verdict.state !== "queued") {
      const distance = verdict.resembles.distance?.toFixed(2) ?? "";
      lines.push(this.#reason(fill(words.resembles, { ...verdict.resembles, distance }), ""));
    }
    card.reasons.replaceChildren(...lines);
    card.overrule.hidden = !verdict.can_override;
  }

  /**
   * @param {Card} card
   * @param {Verdict} verdict
   */
  #say(card, verdict) {
    const { words } = this.config;
    const verdictWord = verdict.state === "accepted" ? words.accepted : words.rejected;
    const reasons = verdict.state === "rejected" ? verdict.reasons : [];
    const why = reasons.map(({ message, remedy }) => `${message} ${remedy}`).join(" ");
    this.announce(`${card.title}: ${verdictWord}. ${why}`);
  }

  /**
   * @param {string} title
   * @param {string} more
   */
  #reason(title, more) {
    const line = document.createElement("li");
    const strong = document.createElement("strong");
    strong.textContent = title;
    line.append(strong, more);
    return line;
  }

  /**
   * @param {Card} card
   * @param {string} state
   * @param {string} text
   */
  #state(card, state, text) {
    card.item.className = `enrol-card admin-panel is-${state}`;
    card.item.dataset.state = state;
    card.state.textContent = text;
    this.#name(card);
  }

  /** @param {Card} card */
  #name(card) {
    card.label.textContent = card.title;
    card.remove.setAttribute("aria-description", card.title);
    card.again.setAttribute("aria-description", card.title);
  }

  /**
   * @param {Card} card
   * @param {string} url
   */
  #picture(card, url) {
    if (card.shown === url) return;
    card.shown = url;
    card.image.alt = "";
    card.image.hidden = false;
    card.image.src = url;
  }
}
