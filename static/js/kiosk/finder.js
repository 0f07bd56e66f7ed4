// Where is a face, and what should the person do? Two ways to know: in the page itself, or by asking the server.
import { grab } from "../camera.js";
import { penOf } from "../dom.js";
import { decode, place, pose, SIDE } from "./blaze.js";
import { measure } from "./burst.js";

/** @import { Box } from "../camera.js" */
/** @import { Api } from "./api.js" */
/** @import { Face } from "./blaze.js" */
/** @import { FinderFiles } from "./config.js" */

/**
 * @typedef {object} Seen What one frame shows.
 * @property {number} faces People of comparable size.
 * @property {Box | null} box Of the nearest, in a picture of `width` by `height`.
 * @property {number} width
 * @property {number} height
 * @property {string} hint A code; "ok" when the face is good.
 * @property {string} text The hint in words.
 * @property {boolean} hopeless No burst before it changes.
 */

/**
 * @typedef {object} Finder Two ways to know, with one face.
 * @property {string} name
 * @property {number} tick Milliseconds between looks.
 * @property {number} steady Looks in a row at one place before a burst.
 * @property {number} steadyPoor The same when a look had advice: the burst decides.
 * @property {(video: HTMLVideoElement) => Promise<Seen>} find
 */

// Of LiteRT, as far as it is used here.
/** @typedef {{toTypedArray: () => Float32Array, delete: () => void}} TensorLike */
/** @typedef {{run: (tensor: TensorLike) => Promise<TensorLike[]>}} Network */
/** @typedef {new (data: Float32Array, shape: number[]) => TensorLike} TensorMaker */

const BYSTANDER = 0.5; // A face narrower than this part of the nearest one stands in the background.
const NEAR = 0.12; // Of the picture's longer side: as wide a face has who stands an arm's length away, and some more.
const TURNED = 0.6; // Of half the way between the ears; some 20 to 30 degrees by the server's own measure.
const DOWN = 0.24;
const UP = -0.2;
const TILTED = 25;
const DARK = 0.15;
const BRIGHT = 0.9;
const BLURRED = 0.015; // Sharp faces have 0.2 and more, blurred by 2 % of their width 0.05 and less.
const HOPELESS = new Set(["closer", "middle", "turned"]);

/** @implements {Finder} */
export class ServerFinder {
  name = "server";
  tick = 250;
  steady = 3;
  steadyPoor = 8;

  /** @param {Api} api */
  constructor(api) {
    this.api = api;
  }

  /**
   * @param {HTMLVideoElement} video
   * @returns {Promise<Seen>}
   */
  async find(video) {
    const seen = await this.api.look(await grab(video, { width: 320, quality: 0.7 }));
    return { ...seen, text: seen.hint_text, hopeless: false };
  }
}

/** @implements {Finder} */
export class PageFinder {
  name = "page";
  tick = 90;
  steady = 6;
  steadyPoor = 20;
  #model;
  #Tensor;
  #pen;
  #input = new Float32Array(SIDE * SIDE * 3);

  /**
   * @param {Network} model
   * @param {TensorMaker} Tensor
   * @param {Record<string, string>} text
   */
  constructor(model, Tensor, text) {
    this.#model = model;
    this.#Tensor = Tensor;
    this.text = text;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    this.#pen = penOf(canvas, { willReadFrequently: true });
  }

  /**
   * Load the runtime and the network, and run it once; null where this browser cannot.
   * @param {FinderFiles} files
   * @param {Record<string, string>} text
   */
  static async load({ module, runtime, model }, text) {
    try {
      const { loadAndCompile, loadLiteRt, Tensor } = await import(module);
      // The runtime would write each of its notes as an error; its failures are thrown.
      Object.assign(self, { Module: { print: console.debug, printErr: console.debug } });
      await loadLiteRt(runtime);
      const finder = new PageFinder(await loadAndCompile(model, { accelerator: "wasm" }), Tensor, text);
      await finder.#run(finder.#pen);
      return finder;
    } catch (error) {
      console.warn("Faces are found by the server:", error);
      return null;
    }
  }

  /**
   * @param {HTMLVideoElement} video
   * @returns {Promise<Seen>}
   */
  async find(video) {
    const { videoWidth: width, videoHeight: height } = video;
    let faces = await this.#see(video);
    // Who stands further off is too small for the whole picture's 128 pixels: look at its middle half as well.
    if (!faces.length) faces = await this.#see(video, 2);
    faces.sort((one, two) => two.box[2] - one.box[2]);
    const near = faces.filter((face) => face.box[2] >= BYSTANDER * faces[0].box[2]);
    if (near.length !== 1) {
      const hint = near.length ? "several_faces" : "no_face";
      return { faces: near.length, box: near[0]?.box ?? null, width, height, hint, text: "", hopeless: true };
    }
    const hint = advice(near[0], video);
    const text = this.text[`hint_${hint}`] ?? "";
    return { faces: 1, box: near[0].box, width, height, hint, text, hopeless: HOPELESS.has(hint) };
  }

  /**
   * The faces of the picture, or of its middle at `zoom` times the size, in pixels of the video.
   * @param {HTMLVideoElement} video
   * @param {number} [zoom]
   */
  async #see(video, zoom = 1) {
    const width = video.videoWidth / zoom;
    const height = video.videoHeight / zoom;
    const left = (video.videoWidth - width) / 2;
    const top = (video.videoHeight - height) / 2;
    const scale = SIDE / Math.max(width, height);
    const [wide, high] = [width * scale, height * scale];
    const pen = this.#pen;
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, SIDE, SIDE);
    pen.drawImage(video, left, top, width, height, (SIDE - wide) / 2, (SIDE - high) / 2, wide, high);
    const faces = await this.#run(pen);
    return faces.map((face) => place(face, width, height, left, top));
  }

  /** @param {CanvasRenderingContext2D} pen */
  async #run(pen) {
    const pixels = pen.getImageData(0, 0, SIDE, SIDE).data;
    for (let from = 0, to = 0; from < pixels.length; from += 4) {
      for (let channel = 0; channel < 3; channel += 1) this.#input[to++] = pixels[from + channel] / 127.5 - 1;
    }
    const tensor = new this.#Tensor(this.#input, [1, SIDE, SIDE, 3]);
    const results = await this.#model.run(tensor);
    tensor.delete();
    const figures = results.map((result) => result.toTypedArray().slice());
    results.forEach((result) => result.delete());
    const [scores, raw] = figures.sort((one, two) => one.length - two.length);
    return decode(raw, scores);
  }
}

/**
 * What the nearest person should do: a code, "ok" for nothing.
 * @param {Face} face
 * @param {HTMLVideoElement} video
 */
function advice(face, video) {
  const [x, y, wide, high] = face.box;
  const { videoWidth: width, videoHeight: height } = video;
  if (wide < NEAR * Math.max(width, height)) return "closer";
  // The forehead lies above BlazeFace's box: a little may be cut off.
  const across = x >= -0.1 * wide && x + wide <= width + 0.1 * wide;
  const along = y >= -0.15 * high && y + high <= height + 0.15 * high;
  if (!across || !along) return "middle";
  const { turn, nod, tilt } = pose(face.points);
  if (Math.abs(turn) > TURNED) return "turned";
  if (nod > DOWN) return "look_up";
  if (nod < UP) return "look_down";
  if (Math.abs(tilt) > TILTED) return "tilted";
  const { sharpness, light } = measure(video, face.box);
  if (light < DARK) return "too_dark";
  if (light > BRIGHT) return "too_bright";
  return sharpness < BLURRED ? "blurred" : "ok";
}
