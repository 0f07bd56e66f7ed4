// "Good morning, Ana. In?": the choice, its countdown and its recording.
import { fill, find, findAll, pause } from "../dom.js";
import { isRecorded, Offline, Problem, Unpaired } from "./api.js";

/** @import { Api, Offer, Recorded } from "./api.js" */
/** @import { Config, Direction } from "./config.js" */
/** @import { Screen } from "./screen.js" */

/** @typedef {(proposal: string, direction: Direction) => void} KeepOffer */

/**
 * @typedef {object} ProposalParts
 * @property {Screen} screen
 * @property {Api} api
 * @property {Config} config
 * @property {(result: Recorded) => void} onRecorded
 * @property {(advice: string) => void} onRefused
 * @property {(error: unknown) => void} onError
 * @property {(answer: Offer) => void} onUntouched Called when a person who clocked a moment ago does not choose.
 * @property {() => KeepOffer | null} onLost What keeps a punch while the server is away; null where nothing can.
 */

const LASTS = 25000; // The server takes a proposal for 30 s.
const AGAIN = 2000;

export class ProposalView {
  #timer = 0;
  /** @type {Offer | null} */
  #answer = null;
  #since = 0;

  /** @param {ProposalParts} parts */
  constructor({ screen, api, config, onRecorded, onRefused, onError, onLost, onUntouched }) {
    this.screen = screen;
    this.api = api;
    this.seconds = config.seconds.confirm;
    this.onRecorded = onRecorded;
    this.onRefused = onRefused;
    this.onError = onError;
    this.onLost = onLost;
    this.onUntouched = onUntouched;
    this.touchSeconds = config.seconds.touch;
    this.countdown = find("#countdown", HTMLElement);
    this.ways = findAll("[data-direction]", HTMLButtonElement);
    for (const way of this.ways) way.addEventListener("click", () => this.confirm(directionOf(way)));
    document.addEventListener("keydown", (event) => {
      // Whoever moves with the keyboard gets the time they need.
      if (this.screen.state === "proposal" && ["Tab", "ArrowLeft", "ArrowRight"].includes(event.key)) this.#halt(event);
    });
  }

  /**
   * Greet, and record the proposed direction when the countdown ends; without one where a touch has to say it.
   * @param {Offer} answer
   */
  open(answer) {
    this.#answer = answer;
    this.#since = Date.now();
    this.screen.use(answer.language);
    find("#greeting", HTMLElement).textContent = answer.greeting;
    find("#who", HTMLElement).textContent = answer.name;
    this.#picture(answer.portrait);
    find("#time", HTMLElement).textContent = answer.time;
    for (const way of this.ways) {
      way.toggleAttribute("data-proposed", directionOf(way) === answer.direction);
      way.disabled = false;
    }
    this.screen.show("proposal");
    this.ways.find((way) => directionOf(way) === answer.direction)?.focus();
    const request = answer.touch ? this.screen.word("paused") : this.#sentence(answer, this.seconds);
    this.screen.speak(`${answer.greeting}. ${request}`);
    clearInterval(this.#timer);
    if (answer.touch) {
      this.#wait(answer, answer.standing ? this.touchSeconds * 1000 : LASTS);
      return;
    }
    const end = Date.now() + this.seconds * 1000;
    const tick = () => {
      const left = Math.max(0, end - Date.now());
      document.body.style.setProperty("--left", String(left / (this.seconds * 1000)));
      this.countdown.textContent = this.#sentence(answer, Math.ceil(left / 1000));
      if (left === 0) this.confirm(answer.direction);
    };
    this.#timer = setInterval(tick, 100);
    tick();
  }

  /** Forget the offer, and the face that went with it; nothing is recorded. */
  close() {
    clearInterval(this.#timer);
    this.#picture("");
    this.#answer = null;
  }

  /** @param {string} address */
  #picture(address) {
    const place = find("#portrait", HTMLImageElement);
    place.hidden = !address;
    if (address) place.src = address;
    else place.removeAttribute("src");
  }

  /** @param {Direction} direction */
  async confirm(direction) {
    const answer = this.#answer;
    if (!answer) return;
    this.close();
    for (const way of this.ways) way.disabled = true;
    for (;;) {
      try {
        const result = await this.api.confirm(answer.proposal, direction);
        if (isRecorded(result)) this.onRecorded(result);
        else this.onRefused(result.advice);
        return;
      } catch (error) {
        const lost = error instanceof Offline ? this.onLost() : null;
        if (lost && Date.now() - this.#since > this.seconds * 1000 + AGAIN) {
          lost(answer.proposal, direction);
          return;
        }
        if (error instanceof Offline && Date.now() - this.#since < LASTS) {
          // The same proposal is recorded once, however often it is sent.
          this.screen.show("saving", { detail: this.screen.word("saving") });
          await pause(AGAIN);
          continue;
        }
        if (error instanceof Offline) this.onRefused(this.screen.word("not_saved"));
        else if (error instanceof Problem && error.status < 500 && error.code !== "csrf") this.onRefused(error.message);
        else if (error instanceof Unpaired || error instanceof Problem) this.onError(error);
        else throw error;
        return;
      }
    }
  }

  /**
   * Stop the countdown: whoever uses the keyboard chooses in their own time.
   * @param {KeyboardEvent} event
   */
  #halt(event) {
    const answer = this.#answer;
    if (!answer) return;
    clearInterval(this.#timer);
    this.screen.speak(this.screen.word("paused"));
    if (event.key !== "Tab") {
      const [first, second] = this.ways;
      (event.key === "ArrowLeft" ? first : second).focus();
    }
    this.#wait(answer, LASTS - (Date.now() - this.#since));
  }

  /**
   * Record nothing until somebody chooses; give up after so many milliseconds.
   * @param {Offer} answer
   * @param {number} milliseconds
   */
  #wait(answer, milliseconds) {
    document.body.style.setProperty("--left", "1");
    this.countdown.textContent = this.screen.word("paused");
    this.#timer = setTimeout(() => {
      this.close();
      if (answer.standing) this.onUntouched(answer);
      else this.onRefused(this.screen.word("expired"));
    }, milliseconds);
  }

  /**
   * @param {Offer} answer
   * @param {number} seconds
   */
  #sentence(answer, seconds) {
    return fill(this.screen.word("countdown"), { direction: this.screen.word(answer.direction), seconds });
  }
}

/**
 * @param {HTMLButtonElement} way
 * @returns {Direction}
 */
function directionOf(way) {
  return way.dataset.direction === "in" ? "in" : "out";
}
