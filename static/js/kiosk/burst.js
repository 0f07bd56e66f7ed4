// The best of what the camera showed: a few frames are kept while a face holds still, the sharpest are sent.
import { penOf } from "../dom.js";

/** @import { Box } from "../camera.js" */
/** @typedef {{blob: Blob, at: number}} Frame A picture and when it was taken, in milliseconds. */
/** @typedef {{canvas: HTMLCanvasElement, score: number, at: number}} KeptFrame */

const KEPT = 6;
const SIDE = 64;

const probe = document.createElement("canvas");
probe.width = probe.height = SIDE;
const pen = penOf(probe, { willReadFrequently: true });

/**
 * How sharp and how bright the face in `box` is, of the video or of a canvas.
 * `sharpness` is the mean squared Laplacian over the grey's variance, so that a dark face is not called blurred;
 * `light` is the mean grey, 0 to 1.
 * @param {HTMLVideoElement | HTMLCanvasElement} source
 * @param {Box} box
 */
export function measure(source, [x, y, wide, high]) {
  pen.drawImage(source, x, y, wide, high, 0, 0, SIDE, SIDE);
  const pixels = pen.getImageData(0, 0, SIDE, SIDE).data;
  const grey = new Float32Array(SIDE * SIDE);
  let sum = 0;
  let squares = 0;
  for (let index = 0; index < grey.length; index += 1) {
    const at = index * 4;
    const value = 0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
    grey[index] = value;
    sum += value;
    squares += value * value;
  }
  const mean = sum / grey.length;
  const variance = Math.max(1, squares / grey.length - mean * mean);
  let edges = 0;
  for (let row = 1; row < SIDE - 1; row += 1) {
    for (let index = row * SIDE + 1; index < (row + 1) * SIDE - 1; index += 1) {
      const curve = grey[index - 1] + grey[index + 1] + grey[index - SIDE] + grey[index + SIDE] - 4 * grey[index];
      edges += curve * curve;
    }
  }
  return { sharpness: edges / (SIDE - 2) ** 2 / variance, light: mean / 255 };
}

export class Burst {
  /** @type {KeptFrame[]} */
  #frames = [];
  /** @type {HTMLCanvasElement[]} */
  #spare = [];

  get length() {
    return this.#frames.length;
  }

  clear() {
    this.#spare.push(...this.#frames.map((frame) => frame.canvas));
    this.#frames = [];
  }

  /**
   * Keep the frame shown now if it is among the best; `box` is the face in pixels of the video.
   * @param {HTMLVideoElement} video
   * @param {Box} box
   * @param {{width?: number, bonus?: number}} [options]
   */
  consider(video, box, { width = 640, bonus = 1 } = {}) {
    const wide = Math.min(width, video.videoWidth);
    if (!wide) return;
    const score = measure(video, box).sharpness * bonus;
    if (this.#frames.length >= KEPT) {
      const worst = this.#frames.reduce((low, frame) => (frame.score < low.score ? frame : low));
      if (worst.score >= score) return;
      this.#frames.splice(this.#frames.indexOf(worst), 1);
      this.#spare.push(worst.canvas);
    }
    const canvas = this.#spare.pop() ?? document.createElement("canvas");
    canvas.width = wide;
    canvas.height = Math.round((wide * video.videoHeight) / video.videoWidth);
    penOf(canvas).drawImage(video, 0, 0, canvas.width, canvas.height);
    this.#frames.push({ canvas, score, at: Date.now() });
  }

  /**
   * The `count` best frames as JPEG, oldest first, with `at` in milliseconds since 1970.
   * @param {number} count
   * @returns {Promise<Frame[]>}
   */
  async take(count) {
    const best = [...this.#frames].sort((one, two) => two.score - one.score).slice(0, count);
    best.sort((one, two) => one.at - two.at);
    const frames = await Promise.all(best.map(async ({ canvas, at }) => ({ blob: await jpeg(canvas), at })));
    this.clear();
    return frames;
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Promise<Blob>}
 */
function jpeg(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no JPEG"))), "image/jpeg", 0.88);
  });
}
