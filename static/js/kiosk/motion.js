// A cheap gate before anything is sent: did the picture change? Compared at 64 by 48, in grey.
import { penOf } from "../dom.js";

const WIDE = 64;
const HIGH = 48;
const STEP = 18; // A pixel has changed when its grey (0 to 255) moved by more: camera noise stays below.
const PART = 0.01; // Of all pixels: a face that comes into view changes several times as many.

export class MotionGate {
  /** @type {Uint8Array | null} */
  #last = null;
  #pen;

  constructor() {
    const canvas = document.createElement("canvas");
    canvas.width = WIDE;
    canvas.height = HIGH;
    this.#pen = penOf(canvas, { willReadFrequently: true });
  }

  /**
   * True when the video differs from the last call's; the first picture counts as a change.
   * @param {HTMLVideoElement} video
   */
  moved(video) {
    if (video.readyState < 2) return false;
    this.#pen.drawImage(video, 0, 0, WIDE, HIGH);
    const pixels = this.#pen.getImageData(0, 0, WIDE, HIGH).data;
    const grey = new Uint8Array(WIDE * HIGH);
    let changed = 0;
    for (let index = 0; index < grey.length; index += 1) {
      const at = index * 4;
      grey[index] = (pixels[at] * 77 + pixels[at + 1] * 150 + pixels[at + 2] * 29) >> 8;
      if (this.#last && Math.abs(grey[index] - this.#last[index]) > STEP) changed += 1;
    }
    const first = this.#last === null;
    this.#last = grey;
    return first || changed > grey.length * PART;
  }
}
