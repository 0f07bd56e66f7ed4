// Badges and QR codes before the camera, read in the page by ZXing; the picture goes nowhere.

const EVERY = 350;
const WIDE = 640;
const FORMATS = ["QRCode", "Aztec", "DataMatrix", "PDF417", "Code128", "Code39", "Code93", "ITF", "EAN-13"];
const SAME = 5000; // The same code is not read again for so long.

export class CodeReader {
  #read = null;
  #last = { text: "", at: 0 };
  #canvas = document.createElement("canvas");

  /** `wanted()` says whether a code would be of use now; `onCode(text)` gets it. */
  constructor({ video, wanted, onCode }) {
    Object.assign(this, { video, wanted, onCode });
  }

  /** Load the reader and begin; false where this browser cannot. */
  async start({ module, wasm }) {
    try {
      const { prepareZXingModule, readBarcodes } = await import(module);
      // Whatever keeps it from starting is caught below: a kiosk without it works, so nothing of that is an error.
      const overrides = { locateFile: () => wasm, printErr: (line) => console.warn(line) };
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
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  }

  async #once() {
    const scale = Math.min(1, WIDE / this.video.videoWidth);
    const canvas = this.#canvas;
    canvas.width = Math.round(this.video.videoWidth * scale);
    canvas.height = Math.round(this.video.videoHeight * scale);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
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
