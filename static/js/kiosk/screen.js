// What is on the kiosk's screen: one view at a time, the clock, and the words read aloud.
import { find, findAll } from "../dom.js";
import { say } from "./voice.js";

/** @import { Config } from "./config.js" */

const body = document.body;
const SPOKEN = new Set([
  "hint", "several", "unknown", "mistaken", "proposal", "done", "already", "refused", "challenge", "not_live",
]);
const QUIET = new Set(["pin", "idle", "proposal", "touch", "closed", "number"]); // These speak for themselves, or not.
const views = new Map(findAll("[data-view]", HTMLElement).map((view) => [view.dataset.view ?? "", view]));
const aloud = find("#announce", HTMLElement);

export class Screen {
  #spoken = "";
  /** @type {Config["words"]} */
  #words;

  /** @param {Pick<Config, "language" | "words">} config */
  constructor({ language, words }) {
    this.home = language;
    this.language = language;
    this.lamp = false; // Whether the screen may light a dark face.
    this.#words = words;
  }

  /**
   * Speak to the person in their language; without one, in the page's own.
   * @param {string} [language]
   */
  use(language = this.home) {
    const sentences = this.#words[language];
    if (!sentences || language === this.language) return;
    this.language = language;
    find(".say", HTMLElement).lang = language;
    for (const place of findAll("[data-t]", HTMLElement)) place.textContent = sentences[place.dataset.t ?? ""] ?? "";
  }

  /**
   * One of a person's sentences, in the language that is spoken now.
   * @param {string} name
   */
  word(name) {
    return this.#words[this.language][name];
  }

  get state() {
    return body.dataset.state ?? "";
  }

  /**
   * Whether it is this view that is shown now.
   * @param {string} state
   */
  shows(state) {
    return this.state === state;
  }

  /**
   * Show a view; `parts` fills its [data-…] places by name. Returns the view.
   * @param {string} state
   * @param {Record<string, string>} [parts]
   */
  show(state, parts = {}) {
    const view = views.get(state);
    if (!view) throw new TypeError(`The kiosk has no view “${state}”.`);
    for (const [name, value] of Object.entries(parts)) {
      const place = view.querySelector(`[data-${name}]`);
      if (place && place.textContent !== value) place.textContent = value;
    }
    if (this.state !== state) {
      for (const [name, other] of views) other.hidden = name !== state;
      body.dataset.state = state;
    }
    if (!QUIET.has(state)) this.speak(wordsOf(view));
    return view;
  }

  /**
   * What to do for a better picture: words, and an arrow where the code has a direction.
   * @param {string} code
   * @param {string} detail
   */
  hint(code, detail) {
    this.mark("hint", code);
    if (code === "too_dark" && this.lamp) this.shine(true);
    this.show("hint", { detail });
  }

  /**
   * The whole screen in white, to light a face.
   * @param {boolean} yes
   */
  shine(yes) {
    document.documentElement.toggleAttribute("data-lamp", yes);
  }

  /**
   * Have it read aloud, once.
   * @param {string} sentence
   */
  speak(sentence) {
    if (sentence === this.#spoken) return;
    this.#spoken = sentence;
    aloud.textContent = sentence;
    if (SPOKEN.has(this.state)) say(sentence, this.language);
  }

  /**
   * Write on the page what it is doing, for its styles and for whoever watches it.
   * @param {string} name
   * @param {string | number | boolean} value
   */
  mark(name, value) {
    const written = String(value);
    if (body.dataset[name] !== written) body.dataset[name] = written;
  }
}

/**
 * What a view says.
 * @param {HTMLElement} view
 */
function wordsOf(view) {
  const shown = [...view.querySelectorAll("h1, p")].filter((part) => part.checkVisibility?.() ?? true);
  const parts = shown.map((part) => part.textContent.trim());
  return parts.filter(Boolean).join(" ");
}

/**
 * What tells the time in the kiosk's zone, as 08:05.
 * @param {Pick<Config, "language" | "zone">} config
 */
export function clockOf({ language, zone }) {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
}

/**
 * Keep every [data-clock] and [data-date] at the server's time in the kiosk's zone.
 * @param {Pick<Config, "language" | "zone" | "now">} config
 */
export function runClock({ language, zone, now }) {
  const ahead = now - Date.now();
  const hours = clockOf({ language, zone });
  const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: zone });
  const tick = () => {
    const moment = new Date(Date.now() + ahead);
    write("[data-clock]", hours.format(moment));
    write("[data-date]", day.format(moment));
  };
  tick();
  setInterval(tick, 1000);
}

/**
 * @param {string} places
 * @param {string} value
 */
function write(places, value) {
  for (const place of document.querySelectorAll(places)) {
    if (place.textContent !== value) place.textContent = value;
  }
}
