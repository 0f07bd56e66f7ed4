// A selfie before the punch: a few frames are compared with the person, then the film of a challenge; none is kept.
import { grab, openCamera } from "../camera.js";
import { find, pause } from "../dom.js";
import { Challenge } from "../kiosk/challenge.js";
import { post, Refused } from "./server.js";

/** @import { Api } from "../kiosk/api.js" */
/** @import { Frame } from "../kiosk/burst.js" */
/** @import { Screen } from "../kiosk/screen.js" */
/** @import { Config } from "./config.js" */

const FRAMES = 5;
const BETWEEN = 130;
const LIMIT = 60000;

export class Selfie {
  #dialog = find("#selfie", HTMLDialogElement);
  #video = find("#selfie-video", HTMLVideoElement);
  #words = find("#selfie-text", HTMLElement);
  #take = find("#selfie-take", HTMLButtonElement);
  #cancel = find("#selfie-cancel", HTMLButtonElement);
  #first;

  /** @param {Config} config */
  constructor(config) {
    this.config = config;
    this.#first = this.#words.textContent ?? "";
    this.#cancel.addEventListener("click", () => this.#dialog.close());
  }

  /**
   * Show the camera until the face was right; the token for the punch, or null where the person gave up.
   * @returns {Promise<string | null>}
   */
  async take() {
    this.#words.textContent = this.#first;
    this.#take.disabled = true;
    this.#dialog.showModal();
    const { text } = this.config;
    const camera = await openCamera(this.#video, { onError: (code) => this.#say(text[code] ?? text.fault) });
    this.#take.disabled = !camera;
    try {
      while (this.#dialog.open && (await this.#pressed())) {
        this.#take.disabled = true;
        const token = await this.#look().catch((error) => {
          this.#say(error instanceof Refused && error.message ? error.message : text.fault);
          return null;
        });
        if (token) return token;
        this.#take.disabled = false;
      }
      return null;
    } finally {
      camera?.stop();
      this.#dialog.close();
    }
  }

  /** Whether the face is to be compared now; false for giving up. */
  #pressed() {
    return new Promise((resolve) => {
      const once = new AbortController();
      /** @param {boolean} wanted */
      const answer = (wanted) => () => {
        once.abort();
        resolve(wanted);
      };
      this.#take.addEventListener("click", answer(true), { signal: once.signal });
      this.#dialog.addEventListener("close", answer(false), { signal: once.signal });
    });
  }

  async #look() {
    const frames = [];
    while (frames.length < FRAMES) {
      if (frames.length) await pause(BETWEEN);
      frames.push({ blob: await grab(this.#video), at: performance.now() });
    }
    this.#say(this.config.text.looking);
    let answer = await this.#send(frames, {});
    if (answer.outcome === "challenge") answer = await this.#challenge(answer.challenge);
    if (answer?.outcome === "right") return String(answer.selfie);
    this.#say(answer?.advice ?? this.config.text.fault);
    return null;
  }

  /**
   * The kiosk's challenge, with this dialog in place of the kiosk's screens.
   * @param {any} request
   */
  #challenge(request) {
    let state = "";
    const dialog = this.#dialog;
    const screen = {
      get state() {
        return dialog.open ? state : "left";
      },
      /**
       * @param {string} name
       * @param {{detail?: string}} [more]
       */
      show: (name, { detail = "" } = {}) => {
        state = name;
        this.#say(detail || this.config.text.looking);
      },
      /** @param {string} name */
      shows: (name) => state === name && dialog.open,
    };
    const api = {
      /** @param {{frames: Frame[], extra: Record<string, string>}} film */
      identify: ({ frames, extra }) => this.#send(frames, extra),
    };
    const parts = { screen: /** @type {Screen} */ (/** @type {unknown} */ (screen)), video: this.#video };
    return new Challenge({ ...parts, api: /** @type {Api} */ (/** @type {unknown} */ (api)) }).run(request);
  }

  /**
   * @param {Frame[]} frames
   * @param {Record<string, string>} extra
   * @returns {Promise<any>}
   */
  #send(frames, extra) {
    const form = new FormData();
    const start = frames[0]?.at ?? 0;
    form.append("times", JSON.stringify(frames.map(({ at }) => Math.round(at - start))));
    for (const [name, value] of Object.entries(extra)) form.set(name, value);
    frames.forEach(({ blob }, index) => form.append("frames", blob, `${index}.jpg`));
    return post(this.config.urls.selfie, form, LIMIT);
  }

  /** @param {string} words */
  #say(words) {
    this.#words.textContent = words;
  }
}
