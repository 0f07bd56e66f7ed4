// What is on the kiosk's screen: one view at a time, the clock, and the words read aloud.

import { say } from "./voice.js";

const body = document.body;
const SPOKEN = new Set([
  "hint", "several", "unknown", "mistaken", "proposal", "done", "already", "refused", "challenge", "not_live",
]);
const QUIET = new Set(["pin", "idle", "proposal", "touch", "closed", "number"]); // These speak for themselves, or not.
const views = new Map([...document.querySelectorAll("[data-view]")].map((view) => [view.dataset.view, view]));
const aloud = document.getElementById("announce");

/** Put values into a translated sentence. */
export function fill(sentence, values) {
  return sentence.replace(/%\((\w+)\)s/g, (_whole, name) => values[name] ?? "");
}

export class Screen {
  #spoken = "";
  #words = null;

  /** `words`: for each language, the sentences of the views that speak to a person once they are known. */
  constructor({ language, words }) {
    this.home = language;
    this.language = language;
    this.lamp = false; // Whether the screen may light a dark face.
    this.#words = words;
  }

  /** Speak to the person in their language; without one, in the page's own. */
  use(language = this.home) {
    const words = this.#words[language];
    if (!words || language === this.language) return;
    this.language = language;
    document.querySelector(".say").lang = language;
    for (const place of document.querySelectorAll("[data-t]")) place.textContent = words[place.dataset.t];
  }

  /** One of a person's sentences, in the language that is spoken now. */
  word(name) {
    return this.#words[this.language][name];
  }

  get state() {
    return body.dataset.state;
  }

  /** Show a view; `parts` fills its [data-…] places by name. Returns the view. */
  show(state, parts = {}) {
    const view = views.get(state);
    for (const [name, value] of Object.entries(parts)) {
      const place = view.querySelector(`[data-${name}]`);
      if (place && place.textContent !== value) place.textContent = value;
    }
    if (this.state !== state) {
      for (const [name, other] of views) other.hidden = name !== state;
      body.dataset.state = state;
    }
    if (!QUIET.has(state)) this.speak(words(view));
    return view;
  }

  /** What to do for a better picture: words, and an arrow where the code has a direction. */
  hint(code, detail) {
    this.mark("hint", code);
    if (code === "too_dark" && this.lamp) this.shine(true);
    this.show("hint", { detail });
  }

  /** The whole screen in white, to light a face. */
  shine(yes) {
    document.documentElement.toggleAttribute("data-lamp", yes);
  }

  /** Have it read aloud, once. */
  speak(sentence) {
    if (sentence === this.#spoken) return;
    this.#spoken = sentence;
    aloud.textContent = sentence;
    if (SPOKEN.has(this.state)) say(sentence, this.language);
  }

  mark(name, value) {
    const written = String(value);
    if (body.dataset[name] !== written) body.dataset[name] = written;
  }
}

function words(view) {
  const shown = [...view.querySelectorAll("h1, p")].filter((part) => part.checkVisibility?.() ?? true);
  const parts = shown.map((part) => part.textContent.trim());
  return parts.filter(Boolean).join(" ");
}

/** Keep every [data-clock] and [data-date] at the server's time in the kiosk's zone. */
export function runClock({ language, zone, now }) {
  const ahead = now - Date.now();
  const hours = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
  const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: zone });
  const tick = () => {
    const moment = new Date(Date.now() + ahead);
    write("[data-clock]", hours.format(moment));
    write("[data-date]", day.format(moment));
  };
  tick();
  setInterval(tick, 1000);
}

function write(places, value) {
  for (const place of document.querySelectorAll(places)) {
    if (place.textContent !== value) place.textContent = value;
  }
}
