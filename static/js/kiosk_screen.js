// What is on the kiosk's screen: one view at a time, the clock, and the words read aloud.

const body = document.body;
const views = new Map([...document.querySelectorAll("[data-view]")].map((view) => [view.dataset.view, view]));
const aloud = document.getElementById("announce");

/** Put values into a translated sentence. */
export function fill(sentence, values) {
  return sentence.replace(/%\((\w+)\)s/g, (_whole, name) => values[name] ?? "");
}

export class Screen {
  #spoken = "";

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
    if (!["pin", "idle", "proposal"].includes(state)) this.speak(words(view));
    return view;
  }

  /** What to do for a better picture: words, and an arrow where the code has a direction. */
  hint(code, detail) {
    this.mark("hint", code);
    this.show("hint", { detail });
  }

  /** Have it read aloud, once. */
  speak(sentence) {
    if (sentence === this.#spoken) return;
    this.#spoken = sentence;
    aloud.textContent = sentence;
  }

  mark(name, value) {
    const written = String(value);
    if (body.dataset[name] !== written) body.dataset[name] = written;
  }
}

function words(view) {
  const parts = [...view.querySelectorAll("h1, p")].map((part) => part.textContent.trim());
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
