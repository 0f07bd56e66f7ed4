// "Good morning, Ana. In?": the choice, its countdown and its recording.
import { Offline, Problem, Unpaired } from "./api.js";
import { fill } from "./screen.js";

const LASTS = 25000; // The server takes a proposal for 30 s.
const AGAIN = 2000;

export class ProposalView {
  #timer = 0;
  #answer = null;
  #since = 0;

  /**
   * `onLost()` is what keeps a punch (proposal, direction) while the server is away, or null where nothing can.
   * `onUntouched(answer)` is called when a person who clocked a moment ago does not choose.
   */
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
    this.countdown = document.getElementById("countdown");
    this.ways = [...document.querySelectorAll("[data-direction]")];
    for (const way of this.ways) way.addEventListener("click", () => this.confirm(way.dataset.direction));
    document.addEventListener("keydown", (event) => {
      // Whoever moves with the keyboard gets the time they need.
      if (this.screen.state === "proposal" && ["Tab", "ArrowLeft", "ArrowRight"].includes(event.key)) this.#pause(event);
    });
  }

  /** Greet, and record the proposed direction when the countdown ends; without one where a touch has to say it. */
  open(answer) {
    this.#answer = answer;
    this.#since = Date.now();
    this.screen.use(answer.language);
    document.getElementById("greeting").textContent = answer.greeting;
    document.getElementById("who").textContent = answer.name;
    document.getElementById("time").textContent = answer.time;
    for (const way of this.ways) {
      way.toggleAttribute("data-proposed", way.dataset.direction === answer.direction);
      way.disabled = false;
    }
    this.screen.show("proposal");
    this.ways.find((way) => way.dataset.direction === answer.direction).focus();
    const request = answer.touch ? this.screen.word("paused") : this.#sentence(this.seconds);
    this.screen.speak(`${answer.greeting}. ${request}`);
    clearInterval(this.#timer);
    if (answer.touch) {
      this.#wait(answer.standing ? this.touchSeconds * 1000 : LASTS);
      return;
    }
    const end = Date.now() + this.seconds * 1000;
    const tick = () => {
      const left = Math.max(0, end - Date.now());
      document.body.style.setProperty("--left", String(left / (this.seconds * 1000)));
      this.countdown.textContent = this.#sentence(Math.ceil(left / 1000));
      if (left === 0) this.confirm(answer.direction);
    };
    this.#timer = setInterval(tick, 100);
    tick();
  }

  /** Forget the offer; nothing is recorded. */
  close() {
    clearInterval(this.#timer);
    this.#answer = null;
  }

  async confirm(direction) {
    const answer = this.#answer;
    if (!answer) return;
    this.close();
    for (const way of this.ways) way.disabled = true;
    for (;;) {
      try {
        const result = await this.api.confirm(answer.proposal, direction);
        if (result.outcome === "refused") this.onRefused(result.advice);
        else this.onRecorded(result);
        return;
      } catch (error) {
        const lost = error instanceof Offline && this.onLost();
        if (lost && Date.now() - this.#since > this.seconds * 1000 + AGAIN) {
          lost(answer.proposal, direction);
          return;
        }
        if (error instanceof Offline && Date.now() - this.#since < LASTS) {
          // The same proposal is recorded once, however often it is sent.
          this.screen.show("saving", { detail: this.screen.word("saving") });
          await new Promise((resolve) => setTimeout(resolve, AGAIN));
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

  #pause(event) {
    if (!this.#answer) return;
    clearInterval(this.#timer);
    this.screen.speak(this.screen.word("paused"));
    if (event.key !== "Tab") {
      const [first, second] = this.ways;
      (event.key === "ArrowLeft" ? first : second).focus();
    }
    this.#wait(LASTS - (Date.now() - this.#since));
  }

  /** Record nothing until somebody chooses; give up after so many milliseconds. */
  #wait(milliseconds) {
    const answer = this.#answer;
    document.body.style.setProperty("--left", "1");
    this.countdown.textContent = this.screen.word("paused");
    this.#timer = setTimeout(() => {
      this.close();
      if (answer.standing) this.onUntouched(answer);
      else this.onRefused(this.screen.word("expired"));
    }, milliseconds);
  }

  #sentence(seconds) {
    return fill(this.screen.word("countdown"), { direction: this.screen.word(this.#answer.direction), seconds });
  }
}
