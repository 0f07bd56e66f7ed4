// Badges and QR codes before the camera, read in the page by ZXing; the picture goes nowhere.
import { pause, penOf } from "../dom.js";

/** @import { ReaderFiles } from "./config.js" */
/** @typedef {(picture: ImageData, options: object) => Promise<{isValid: boolean, text: string}[]>} ReadBarcodes */

const EVERY = 350;
const WIDE = 640;
const FORMATS = ["QRCode", "Aztec", "DataMatrix", "PDF417", "Code128", "Code39", "Code93", "ITF", "EAN-13"];
const SAME = 5000; // The same code is not read again for so long.

export class CodeReader {
  /** @type {ReadBarcodes | null} */
  #read = null;
  #last = { text: "", at: 0 };
  #canvas = document.createElement("canvas");

  /**
   * `wanted` says whether a code would be of use now; `onCode` gets it.
   * @param {{video: HTMLVideoElement, wanted: () => boolean, onCode: (text: string) => void}} parts
   */
  constructor({ video, wanted, onCode }) {
    this.video = video;
    this.wanted = wanted;
    this.onCode = onCode;
  }

  /**
   * Load the reader and begin; false where this browser cannot.
   * @param {ReaderFiles} files
   */
  async start({ module, wasm }) {
    try {
      const { prepareZXingModule, readBarcodes } = await import(module);
      // Whatever keeps it from starting is caught below: a kiosk without it works, so nothing of that is an error.
      const overrides = { locateFile: () => wasm, printErr: (/** @type {string} */ line) => console.warn(line) };
      await prepareZXingModule({ overrides, fireImmediately: true });
      this.#read = readBarcodes;
    } catch (error) {
      console.warn("Codes are not read:", error);
      return false;
    }
    this.#loop();
    return true;
  }

  async #loop() {
    for (;;) {
      if (!document.hidden && this.video.readyState >= 2 && this.wanted()) await this.#once();
      await pause(EVERY);
    }
  }

  async #once() {
    if (!this.#read) return;
    const scale = Math.min(1, WIDE / this.video.videoWidth);
    const canvas = this.#canvas;
    canvas.width = Math.round(this.video.videoWidth * scale);
    canvas.height = Math.round(this.video.videoHeight * scale);
    const pen = penOf(canvas, { willReadFrequently: true });
    pen.drawImage(this.video, 0, 0, canvas.width, canvas.height);
    const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    const [found] = await this.#read(picture, { formats: FORMATS, tryHarder: false, maxNumberOfSymbols: 1 });
    if (!found?.isValid || !found.text || !this.wanted()) return;
    const now = Date.now();
    if (found.text === this.#last.text && now - this.#last.at < SAME) return;
    this.#last = { text: found.text, at: now };
    this.onCode(found.text.trim());
  }
}
