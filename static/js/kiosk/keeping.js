// While the server is away: In and Out by a touch, number and PIN, and a word about how much is kept.
import { grab } from "../camera.js";
import { fill, find, pause } from "../dom.js";
import { Offline } from "./api.js";
import { Full } from "./queue.js";
import { clockOf } from "./screen.js";
import { serverNow } from "./time.js";
import { play } from "./tone.js";

/** @import { Config, Direction } from "./config.js" */
/** @import { Flow } from "./flow.js" */
/** @import { Kind, Queue } from "./queue.js" */
/** @import { Screen } from "./screen.js" */
/** @import { Sync } from "./sync.js" */

/**
 * @typedef {object} KeepingParts
 * @property {Screen} screen
 * @property {Flow} flow
 * @property {Config} config
 * @property {Queue} queue
 * @property {Sync} sync
 * @property {HTMLVideoElement} video
 */

const BETWEEN = 130; // Milliseconds between two pictures of a burst.

export class Keeping {
  /** @type {{number: string, pin: string} | null} */
  #typed = null;
  #busy = false;
  #tabs = new BroadcastChannel("presente-kept");

  /** @param {KeepingParts} parts */
  constructor({ screen, flow, config, queue, sync, video }) {
    this.screen = screen;
    this.flow = flow;
    this.config = config;
    this.queue = queue;
    this.sync = sync;
    this.video = video;
    this.badge = find("#kept", HTMLElement);
    flow.onBegin(() => {
      this.#typed = null;
    });
    this.#tabs.onmessage = () => this.tell();
  }

  /** Something was kept or sent: say so here, and in the other tabs of this device. */
  changed() {
    this.#tabs.postMessage("changed");
    return this.tell();
  }

  /** Say how many punches wait in this device, and how many more may. */
  async tell() {
    const { count, refused, near, room } = await this.queue.state();
    const { text } = this.config;
    const said = [];
    if (count) said.push(fill(near ? text.kept_near : text.kept_count, { count, room }));
    if (refused) said.push(fill(text.kept_refused, { count: refused }));
    this.badge.textContent = said.join(" ");
    this.badge.toggleAttribute("data-near", near || refused > 0);
    this.screen.mark("kept", count);
  }

  /**
   * Number and PIN that could not be checked now: which way?
   * @param {string} number
   * @param {string} pin
   */
  ask(number, pin) {
    this.screen.show("way");
    this.#typed = { number, pin };
    find('[data-view="way"] [data-do="keep-in"]', HTMLElement).focus();
    this.flow.after(this.config.seconds.pin, () => this.flow.begin());
  }

  /**
   * In or Out was pressed: keep what was typed, or what the camera shows.
   * @param {Direction} direction
   */
  async press(direction) {
    if (this.#busy) return;
    this.#busy = true;
    const typed = this.#typed;
    this.#typed = null;
    try {
      if (typed) await this.#keep("pin", direction, typed);
      else await this.#face(direction);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy = false;
    }
  }

  /**
   * The network went between the greeting and its recording: keep the server's own offer.
   * @param {string} proposal
   * @param {Direction} direction
   */
  offer(proposal, direction) {
    return this.#keep("offer", direction, { proposal });
  }

  /** @param {Direction} direction */
  async #face(direction) {
    this.flow.stay();
    this.screen.show("saving", { detail: "" });
    const frames = [];
    const times = [];
    const count = (this.config.settings.liveness ?? "off") === "off" ? 3 : 5; // Motion shows over half a second.
    while (frames.length < count) {
      if (frames.length) await pause(BETWEEN);
      times.push(Date.now());
      frames.push(await grab(this.video, { width: 640, quality: 0.85 }));
    }
    await this.#keep("face", direction, { times }, frames);
  }

  /**
   * Whatever it was, the person must not go away believing that it is saved.
   * @param {unknown} error
   */
  #failed(error) {
    const { text, seconds } = this.config;
    const full = error instanceof Full;
    if (!full) console.error(error);
    play("bad");
    this.screen.show("refused", { detail: full ? text.kept_full : text.kept_not });
    this.flow.after(seconds.unknown, () => this.flow.fail(new Offline()));
  }

  /**
   * @param {Kind} kind
   * @param {Direction} direction
   * @param {object} content
   * @param {Blob[]} [frames]
   */
  async #keep(kind, direction, content, frames = []) {
    const { seconds } = this.config;
    this.flow.stay();
    try {
      await this.queue.keep(kind, direction, content, frames);
    } catch (error) {
      this.#failed(error);
      return;
    }
    play("good");
    const time = clockOf(this.config).format(await serverNow());
    this.screen.show("kept", { way: this.screen.word(direction), time });
    this.flow.after(seconds.result, () => this.flow.fail(new Offline()));
    await this.changed();
    this.sync.wake();
  }
}
