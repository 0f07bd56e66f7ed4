// HR tests this kiosk: steps with a countdown, looks that clock nobody, and back to work when the test is over.
import { fill, find } from "../dom.js";
import { play } from "./tone.js";

/** @import { Api, TestAnswer, TestStep } from "./api.js" */
/** @import { Config } from "./config.js" */
/** @import { Flow } from "./flow.js" */
/** @import { Screen } from "./screen.js" */
/** @import { Shown, Watch } from "./watch.js" */

/**
 * @typedef {object} SiteTestParts
 * @property {Screen} screen
 * @property {Flow} flow
 * @property {Api} api
 * @property {Config} config
 * @property {Watch} watch
 * @property {() => void} onChange Called when a test has begun, and when it is over.
 */

const READY = 4000; // From the touch to the first look: to step back, or to hold up a picture.
const HOLD = 1500; // What to do better stays so long before looks replace it.

export class SiteTest {
  /** @type {TestStep | null} */
  #now = null;
  #left = 0;
  /**
   * When the step's looks begin; null before a touch said that all is ready: else the face of whoever still reaches for
   * the print would be taken for it.
   * @type {number | null}
   */
  #from = null;

  /** @param {SiteTestParts} parts */
  constructor({ screen, flow, api, config, watch, onChange }) {
    this.screen = screen;
    this.flow = flow;
    this.api = api;
    this.config = config;
    this.watch = watch;
    this.onChange = onChange;
    this.bar = find("#testing", HTMLElement);
    this.button = find("#testing-begin", HTMLElement);
    flow.onBegin(() => {
      // The next look is of the same person, who need not leave first.
      if (this.on) watch.unrest();
    });
    setInterval(() => this.#tick(), 1000);
  }

  /** Whether a test is going on at this kiosk. */
  get on() {
    return this.#now !== null;
  }

  /**
   * What the server says with every heartbeat: whether this kiosk is to be tested now.
   * @param {boolean} wished
   */
  async wish(wished) {
    if (wished && !this.on && !this.flow.away) await this.#ask(() => this.api.test("show"));
    else if (!wished && this.on) this.#take({ over: true });
  }

  /** True while a face is of use. */
  get wantsFace() {
    return this.#from !== null && Date.now() >= this.#from;
  }

  /** What the step asks for is ready: its looks begin in a moment. */
  begin() {
    if (!this.#now) return;
    this.#from = Date.now() + READY;
    this.#left = this.#now.seconds;
    this.watch.wake();
    this.#write(this.#now);
  }

  skip() {
    const step = this.#now?.step ?? 0;
    return this.#ask(() => this.api.test("skip", step));
  }

  end() {
    return this.#ask(() => this.api.test("end"));
  }

  /**
   * Send a look at whoever, or whatever, the step asks for.
   * @param {Shown} burst
   */
  async look({ frames }) {
    const step = this.#now?.step ?? 0;
    await this.#ask(() => this.api.testLook(frames, step));
  }

  /** @param {() => Promise<TestAnswer>} question */
  async #ask(question) {
    try {
      this.#take(await question());
    } catch (error) {
      this.flow.fail(error);
    }
  }

  /** @param {TestAnswer} answer */
  #take(answer) {
    const before = this.#now;
    this.#now = answer.over ? null : answer;
    this.bar.hidden = answer.over;
    this.screen.mark("testing", !answer.over);
    if (answer.over) {
      if (before) this.#over();
      return;
    }
    if (before?.step !== answer.step) {
      this.#left = answer.seconds;
      this.#from = null;
    }
    this.#write(answer);
    if (!before) this.onChange();
    else if (answer.look) this.#looked(answer.look, before);
    else this.flow.begin();
  }

  #over() {
    this.onChange();
    play("good");
    this.flow.finish("test_over", {}, this.config.seconds.unknown);
  }

  /** @param {TestStep} now */
  #write(now) {
    const { step, steps, done, looks, title, text } = now;
    const counted = { step: step + 1, steps, done, looks };
    find("#testing-progress", HTMLElement).textContent = fill(this.config.text.test_progress, counted);
    // In the bar as well: a face before the camera brings other screens up.
    find("#testing-step", HTMLElement).textContent = title;
    find('[data-view="test"] [data-title]', HTMLElement).textContent = title;
    find('[data-view="test"] [data-text]', HTMLElement).textContent = text;
    this.button.hidden = this.#from !== null;
    find("#testing-begun", HTMLElement).hidden = this.#from === null;
    this.#countdown();
  }

  #countdown() {
    find("#testing-left", HTMLElement).textContent = fill(this.config.text.test_left, { seconds: this.#left });
  }

  /**
   * @param {{counts: boolean, outcome: string, advice: string}} look
   * @param {TestStep} asked
   */
  #looked(look, asked) {
    if (look.counts) {
      play("good");
      const { step, steps, looks } = asked;
      const counted = { step: step + 1, steps, done: asked.done + 1, looks };
      this.flow.finish("test_seen", { detail: fill(this.config.text.test_progress, counted) }, this.config.seconds.test);
      return;
    }
    this.watch.hold(HOLD);
    if (look.outcome === "several_faces") this.screen.show("several");
    else if (look.outcome === "no_face") this.screen.show("test");
    else this.screen.hint(look.outcome, look.advice);
  }

  #tick() {
    if (!this.#now || this.flow.away) return;
    this.#left = Math.max(0, this.#left - 1);
    this.#countdown();
    if (!this.#left && this.flow.looking) this.skip();
  }
}
