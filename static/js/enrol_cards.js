// One card for each photo: its picture, its state, the reasons and what to do about them.

/** Put `values` in the places of %(name)s. */
export const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_all, name) => values[name] ?? "");

export class Cards {
  /** `on` has again(card), remove(card) and override(card, reason). */
  constructor({ list, template, empty, config, announce, on }) {
    Object.assign(this, { list, template, empty, config, announce, on });
    this.byId = new Map();
  }

  /** A card for a file on its way to the server. */
  pending(file, source) {
    const card = this.#make();
    Object.assign(card, { file, source, local: URL.createObjectURL(file) });
    card.title = file.name || this.config.words.webcam;
    this.#picture(card, card.local);
    this.sending(card, 0);
    return card;
  }

  sending(card, percent) {
    const done = percent >= 100;
    this.#state(card, "sending", done ? this.config.words.checking : `${this.config.words.sending} ${percent} %`);
    card.bar.hidden = done;
    card.bar.value = percent;
    card.reasons.replaceChildren();
    card.again.hidden = true;
    card.remove.hidden = true;
  }

  /** The photo did not arrive or was refused; the file is kept so that it can be sent again. */
  failed(card, { title, remedy = "" }, { again }) {
    this.#state(card, "failed", this.config.words.failed);
    card.bar.hidden = true;
    card.reasons.replaceChildren(this.#reason(title, remedy));
    card.again.hidden = !again;
    card.remove.hidden = false;
    card.remove.textContent = this.config.words.remove;
    this.announce(`${card.title}: ${title}`);
  }

  /** Show what the server says about a photo; makes its card when there is none. */
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

  drop(card) {
    const next = card.item.nextElementSibling ?? card.item.previousElementSibling;
    if (card.verdict) this.byId.delete(card.verdict.id);
    if (card.local) URL.revokeObjectURL(card.local);
    card.item.remove();
    this.empty.hidden = this.list.children.length > 0;
    (next?.querySelector("button:not([hidden])") ?? document.querySelector("#enrol-choose"))?.focus();
  }

  /** The address of what is done with one photo. */
  url(what, id) {
    return this.config.urls[what].replace(this.config.any, id);
  }

  #make({ last = false } = {}) {
    const item = this.template.content.firstElementChild.cloneNode(true);
    const find = (selector) => item.querySelector(selector);
    const card = {
      item, image: find("img"), label: find(".enrol-name"), state: find(".enrol-state"), bar: find("progress"),
      reasons: find(".enrol-reasons"), form: find(".enrol-override form"), overrule: find(".enrol-override"), again: find("[data-do=again]"),
      remove: find("[data-do=delete]"), title: "",
    };
    card.image.addEventListener("error", () => { card.image.hidden = true; });
    card.again.addEventListener("click", () => this.on.again(card));
    card.remove.addEventListener("click", () => this.#confirm(card));
    card.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.on.override(card, card.form.elements.reason.value);
    });
    this.list[last ? "append" : "prepend"](item);
    this.empty.hidden = true;
    return card;
  }

  #confirm(card) {
    const { words } = this.config;
    if (!card.verdict || card.remove.textContent === words.confirm_delete) return this.on.remove(card);
    card.remove.textContent = words.confirm_delete;
    card.remove.classList.add("is-danger");
    const calm = () => {
      card.remove.textContent = words.delete;
      card.remove.classList.remove("is-danger");
    };
    card.remove.addEventListener("blur", calm, { once: true });
  }

  #explain(card, verdict, open) {
    const { words } = this.config;
    const lines = [];
    if (verdict.from_kiosk) lines.push(this.#reason(fill(words.from_kiosk, { at: verdict.from_kiosk }), verdict.kiosk_scores ?? ""));
    if (verdict.turned) lines.push(this.#reason(verdict.turned, ""));
    if (verdict.waiting && open) lines.push(this.#reason(words.waiting, ""));
    if (verdict.state === "rejected") for (const one of verdict.reasons) lines.push(this.#reason(one.message, one.remedy));
    if (verdict.resembles && verdict.state !== "queued") {
      const distance = verdict.resembles.distance?.toFixed(2) ?? "";
      lines.push(this.#reason(fill(words.resembles, { ...verdict.resembles, distance }), ""));
    }
    card.reasons.replaceChildren(...lines);
    card.overrule.hidden = !verdict.can_override;
  }

  #say(card, verdict) {
    const { words } = this.config;
    const verdictWord = verdict.state === "accepted" ? words.accepted : words.rejected;
    const why = verdict.state === "rejected" ? verdict.reasons.map((one) => `${one.message} ${one.remedy}`).join(" ") : "";
    this.announce(`${card.title}: ${verdictWord}. ${why}`);
  }

  #reason(title, more) {
    const line = document.createElement("li");
    const strong = document.createElement("strong");
    strong.textContent = title;
    line.append(strong, more);
    return line;
  }

  #state(card, state, text) {
    card.item.className = `enrol-card admin-panel is-${state}`;
    card.item.dataset.state = state;
    card.state.textContent = text;
    this.#name(card);
  }

  #name(card) {
    card.label.textContent = card.title;
    card.remove.setAttribute("aria-description", card.title);
    card.again.setAttribute("aria-description", card.title);
  }

  #picture(card, url) {
    if (card.shown === url) return;
    card.shown = url;
    card.image.alt = "";
    card.image.hidden = false;
    card.image.src = url;
  }
}
