// Which screen comes when: where a result leads back to, how long it stays, and what a failure looks like.
import { fill } from "../dom.js";
import { Offline, Problem, Unpaired } from "./api.js";

/** @import { Api } from "./api.js" */
/** @import { Config } from "./config.js" */
/** @import { Screen } from "./screen.js" */

/** While one of these is shown the camera looks for faces. */
export const LOOKING = new Set(["idle", "framed", "several", "hint", "test"]);
const BUSY = new Set(["pin", "proposal", "saving", "challenge"]);

export class Flow {
  #timer = 0;
  /** @type {(() => void)[]} */
  #begun = [];
  /** @type {((seconds: number) => void)[]} */
  #finished = [];
  /** @type {(() => void)[]} */
  #returned = [];

  /** @param {{screen: Screen, api: Api, config: Config}} parts */
  constructor({ screen, api, config }) {
    this.screen = screen;
    this.api = api;
    this.config = config;
    this.away = false; // The server does not answer: the kiosk goes back to saying so.
    this.home = "starting"; // Where a result leads back to: idle, or what is wrong with the camera.
  }

  /**
   * Call `action` whenever the kiosk goes back to its beginning.
   * @param {() => void} action
   */
  onBegin(action) {
    this.#begun.push(action);
  }

  /**
   * Call `action` when the server answers again after it had been away.
   * @param {() => void} action
   */
  onBack(action) {
    this.#returned.push(action);
  }

  /**
   * Call `action` whenever a result is shown, with how long that will be.
   * @param {(seconds: number) => void} action
   */
  onFinish(action) {
    this.#finished.push(action);
  }

  get looking() {
    return LOOKING.has(this.screen.state);
  }

  /** What is shown while the camera waits for a face: a test says there what to do. */
  get waiting() {
    return this.home === "test" ? "test" : "idle";
  }

  /** True where a digit may open the PIN pad. */
  get free() {
    return this.looking || ["unknown", "mistaken", "offline", "kept", this.home].includes(this.screen.state);
  }

  /**
   * Run `action` when `seconds` have gone by, unless something else happens first.
   * @param {number} seconds
   * @param {() => void} action
   */
  after(seconds, action) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(action, seconds * 1000);
  }

  stay() {
    clearTimeout(this.#timer);
  }

  begin() {
    this.stay();
    for (const action of this.#begun) action();
    if (this.away) this.fail(new Offline());
    else this.screen.show(this.home);
  }

  /**
   * Show a result for a while.
   * @param {string} state
   * @param {Record<string, string>} parts
   * @param {number} [seconds]
   */
  finish(state, parts, seconds = this.config.seconds.result) {
    for (const action of this.#finished) action(seconds);
    this.screen.show(state, parts);
    this.after(seconds, () => this.begin());
  }

  /**
   * Set where results lead back to; a screen that only says so changes at once.
   * @param {string} home
   */
  settle(home) {
    const shown = this.screen.state;
    const before = this.home;
    this.home = home;
    if (shown === before || shown === "starting" || LOOKING.has(shown)) this.begin();
  }

  /**
   * The network or the server failed: say so, and go on by itself when it is back.
   * @param {unknown} error
   */
  fail(error) {
    const problem = error instanceof Problem ? error : null;
    if (error instanceof Unpaired || (problem?.code === "csrf" && !reloadedLately())) {
      window.location.reload();
      return;
    }
    if (BUSY.has(this.screen.state)) return;
    const offline = error instanceof Offline;
    this.away = offline;
    if (!offline && !problem) console.error(error);
    const { text, seconds } = this.config;
    if (offline) this.screen.show("offline", { detail: "" });
    else this.screen.show("problem", { detail: problem?.message || text.fault });
    this.#retryIn(offline ? seconds.retry : problem?.wait || seconds.retry * 3);
  }

  async retry() {
    this.stay();
    try {
      await this.api.ping();
      this.back();
    } catch (error) {
      this.fail(error);
    }
  }

  /** The server has answered. */
  back() {
    if (this.away) for (const action of this.#returned) action();
    this.away = false;
    if (["offline", "problem"].includes(this.screen.state)) this.begin();
  }

  /** @param {number} seconds */
  #retryIn(seconds) {
    if (this.screen.state === "offline") {
      const detail = seconds > 0 ? fill(this.config.text.retry, { seconds }) : this.config.text.retrying;
      this.screen.show("offline", { detail });
    }
    if (seconds > 0) this.after(1, () => this.#retryIn(seconds - 1));
    else this.retry();
  }
}

function reloadedLately() {
  const last = Number(sessionStorage.getItem("presente-reloaded") || 0);
  sessionStorage.setItem("presente-reloaded", String(Date.now()));
  return Date.now() - last < 60000;
}
