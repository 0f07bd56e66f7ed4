// The camera's loop: nothing while nothing moves, then looks for a face, and a burst when one holds still.
import { drawFrame } from "../camera.js";
import { pause } from "../dom.js";
import { overlap, still } from "./boxes.js";
import { Burst } from "./burst.js";
import { MotionGate } from "./motion.js";

/** @import { Box } from "../camera.js" */
/** @import { Frame } from "./burst.js" */
/** @import { Finder, Seen } from "./finder.js" */
/** @import { Flow } from "./flow.js" */
/** @import { Screen } from "./screen.js" */
/** @typedef {Seen & {box: Box}} OneFace A frame that shows one person. */
/** @typedef {{frames: Frame[], since: number}} Shown The frames, and when the face first stood still. */

/**
 * @typedef {object} WatchParts
 * @property {HTMLVideoElement} video
 * @property {HTMLCanvasElement} frame Lies over the video.
 * @property {Screen} screen
 * @property {Flow} flow
 * @property {Finder} finder
 * @property {(burst: Shown) => Promise<void>} onBurst
 * @property {() => boolean} wanted May stop the looks.
 * @property {number} frames How many pictures make a burst.
 */

const AWAKE = 4000; // Looks go on for so long after a motion or a face.
const REST = 4000; // After a result the same face is left alone for so long, or until it goes.
const BETWEEN = 90; // Milliseconds between two frames that are grabbed for a burst.

export class Watch {
  #gate = new MotionGate();
  #burst = new Burst();
  #awakeUntil = 0;
  #holdUntil = 0;
  /** @type {{box: Box | null, until: number} | null} */
  #resting = null;
  #stable = 0;
  /** @type {Box | null} */
  #lastBox = null;
  #lastHint = "";
  #ticks = 0;
  #since = 0;

  /** @param {WatchParts} parts */
  constructor({ video, frame, screen, flow, finder, onBurst, wanted, frames }) {
    this.video = video;
    this.frame = frame;
    this.screen = screen;
    this.flow = flow;
    this.finder = finder;
    this.onBurst = onBurst;
    this.wanted = wanted;
    this.frames = frames;
    this.camera = false;
    flow.onBegin(() => this.#forget());
    flow.onFinish((seconds) => this.#rest(seconds));
  }

  async run() {
    for (;;) {
      const started = Date.now();
      try {
        await this.#once();
      } catch (error) {
        this.flow.fail(error);
      }
      await pause(Math.max(10, this.finder.tick - (Date.now() - started)));
    }
  }

  /** Look now, as if something had moved. */
  wake() {
    this.#awakeUntil = Date.now() + AWAKE;
  }

  /**
   * Leave an answer on the screen so long before looks replace it.
   * @param {number} milliseconds
   */
  hold(milliseconds) {
    this.#holdUntil = Date.now() + milliseconds;
  }

  /** The face that is there may be looked at again at once. */
  unrest() {
    this.#resting = null;
  }

  #forget() {
    this.#stable = 0;
    this.#lastHint = "";
    this.#holdUntil = 0;
    this.#burst.clear();
    drawFrame(this.frame, null);
  }

  /** @param {number} seconds */
  #rest(seconds) {
    this.#resting = { box: this.#lastBox, until: Date.now() + seconds * 1000 + REST };
    drawFrame(this.frame, null);
  }

  async #once() {
    if (!this.camera || document.hidden) return;
    this.#ticks += 1;
    this.screen.mark("ticks", this.#ticks);
    const now = Date.now();
    if (this.#gate.moved(this.video)) this.wake();
    const awake = now < this.#awakeUntil;
    this.screen.mark("awake", awake);
    if (!this.flow.looking || now < this.#holdUntil) return;
    if (awake && this.wanted()) await this.#look();
    else if (this.screen.state !== this.flow.waiting) this.flow.begin();
  }

  async #look() {
    const seen = await this.finder.find(this.video);
    if (!this.flow.looking) return;
    this.screen.mark("faces", seen.faces);
    if (seen.faces) this.wake();
    if (this.#rests(seen)) return;
    drawFrame(this.frame, seen.faces ? seen : null);
    const steady = seen.hint === this.#lastHint;
    this.#lastHint = seen.hint;
    if (!isOneFace(seen)) {
      this.#stable = 0;
      this.#lastBox = null;
      this.#burst.clear();
      // One look without a face, or with two, may be a slip.
      const { waiting } = this.flow;
      if (steady || this.screen.state === waiting) this.screen.show(seen.faces ? "several" : waiting);
      return;
    }
    this.#follow(seen);
    if (seen.hint === "ok") this.screen.show("framed");
    else if (steady) this.screen.hint(seen.hint, seen.text);
    const enough = seen.hint === "ok" ? this.finder.steady : this.finder.steadyPoor;
    if (this.#stable >= enough && !seen.hopeless) await this.#send(seen);
  }

  /** @param {OneFace} seen */
  #follow(seen) {
    const stays = this.#lastBox !== null && still(this.#lastBox, seen.box);
    if (!stays) this.#burst.clear();
    if (!stays || !this.#stable) this.#since = Date.now();
    this.#stable = stays ? this.#stable + 1 : 1;
    this.#lastBox = seen.box;
    if (!seen.hopeless) this.#burst.consider(this.video, this.#inVideo(seen));
  }

  /** @param {OneFace} seen */
  async #send(seen) {
    this.#stable = 0;
    const box = this.#inVideo(seen);
    this.screen.show("identifying");
    while (this.#burst.length < this.frames) {
      await pause(BETWEEN);
      this.#burst.consider(this.video, box);
    }
    const frames = await this.#burst.take(this.frames);
    await this.onBurst({ frames, since: this.#since });
    drawFrame(this.frame, null);
  }

  /**
   * The face's box in pixels of the video itself.
   * @param {OneFace} seen
   * @returns {Box}
   */
  #inVideo(seen) {
    const scale = this.video.videoWidth / seen.width;
    const [x, y, width, height] = seen.box;
    return [x * scale, y * scale, width * scale, height * scale];
  }

  /**
   * After a result: true while the same face stays where it was.
   * @param {Seen} seen
   */
  #rests(seen) {
    const resting = this.#resting;
    if (!resting) return false;
    if (!isOneFace(seen) || Date.now() > resting.until || overlap(seen.box, resting.box ?? seen.box) < 0.3) {
      this.#resting = null;
      return false;
    }
    resting.box = seen.box;
    return true;
  }
}

/**
 * @param {Seen} seen
 * @returns {seen is OneFace}
 */
function isOneFace(seen) {
  return seen.faces === 1 && seen.box !== null;
}
