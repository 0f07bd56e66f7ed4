// The webcam: a live frame round the face, one pose after the other, a photo when the pose is right.

import { drawFrame, grab, openCamera } from "./camera.js";
import { find, findAll, pause } from "./dom.js";
import { post } from "./enrol_server.js";

/** @import { Box, OpenCamera } from "./camera.js" */
/** @import { EnrolConfig } from "./enrol_cards.js" */

/**
 * @typedef {object} Look What the server saw in one preview frame (``look_at`` in recognition/views/enrol.py).
 * @property {number} faces
 * @property {Box | null} box
 * @property {number} width
 * @property {number} height
 * @property {number} yaw
 * @property {number} pitch
 * @property {number} smile
 * @property {string} hint
 * @property {string} hint_text
 */

const PREVIEW = { width: 480, quality: 0.7 };
const PHOTO = { width: 1280, quality: 0.92 };
/** A clip: so many milliseconds, a frame each so many. The server takes twenty at most. */
const CLIP = { length: 3000, every: 200, frame: { width: 1280, quality: 0.9 } };
const PAUSE = 200;
const TURN = 12;
const NOD = 9;
const SMILE = 0.45;
/**
 * What a pose brings with it is no fault of the photo.
 * @type {Record<string, string[]>}
 */
const MEANT = { left: ["turned"], right: ["turned"], up: ["looking_up_down"], smile: [], straight: [] };
/**
 * Positive yaw: the head to the picture's right, which is the person's own left.
 * @type {Record<string, (look: Look) => boolean>}
 */
const POSES = {
  straight: (look) => Math.abs(look.yaw) < TURN && Math.abs(look.pitch) < TURN,
  left: (look) => look.yaw > TURN,
  right: (look) => look.yaw < -TURN,
  up: (look) => look.pitch > NOD,
  smile: (look) => look.smile > SMILE && Math.abs(look.yaw) < TURN,
};

export class Webcam {
  #off = find("#cam-off", HTMLElement);
  #on = find("#cam-on", HTMLElement);
  #video = find("#cam-video", HTMLVideoElement);
  #view = this.#video.parentElement ?? document.body;
  #frame = find("#cam-frame", HTMLCanvasElement);
  #pose = find("#cam-pose", HTMLElement);
  #hint = find("#cam-hint", HTMLElement);
  #auto = find("#cam-auto", HTMLInputElement);
  #take = find("#cam-take", HTMLButtonElement);
  #record = find("#cam-record", HTMLButtonElement);
  #skip = find("#cam-skip", HTMLButtonElement);
  #stop = find("#cam-stop", HTMLButtonElement);
  #start = find("#cam-start", HTMLButtonElement);
  #error = find("#cam-error", HTMLElement);
  #poses = findAll("#cam-poses li", HTMLElement);
  /** @type {HTMLElement | null} */
  #current = null;
  /** @type {OpenCamera | null} */
  #camera = null;
  #running = false;
  /** Nothing can be taken: the camera starts, or a clip is being recorded. */
  #waiting = false;

  /**
   * `onPhoto` takes each photo; `onClip` a clip's frames, and says what became of them.
   * @param {{config: EnrolConfig, announce: (text: string) => void, onPhoto: (file: File) => void,
   *   onClip: (frames: Blob[]) => Promise<string>}} parts
   */
  constructor({ config, announce, onPhoto, onClip }) {
    this.config = config;
    this.announce = announce;
    this.onPhoto = onPhoto;
    this.onClip = onClip;
    this.#start.addEventListener("click", () => this.start());
    this.#stop.addEventListener("click", () => this.stop());
    this.#take.addEventListener("click", () => this.take());
    this.#record.addEventListener("click", () => this.record());
    this.#skip.addEventListener("click", () => this.#move());
    window.addEventListener("pagehide", () => this.stop());
  }

  async start() {
    this.#error.hidden = true;
    this.#wait(true); // Until the camera runs there is nothing to take: a click would be lost without a word.
    this.#on.hidden = false;
    this.#off.hidden = true;
    this.#camera = await openCamera(this.#video, { onError: (code) => this.#fail(code) });
    if (!this.#camera) return;
    this.#wait(false);
    find(".enrol-take", HTMLElement).classList.add("is-filming");
    this.#take.focus();
    this.#choose(this.#poses.find((pose) => !pose.classList.contains("is-taken")) ?? this.#poses[0] ?? null);
    this.#running = true;
    this.#watch();
  }

  stop() {
    if (!this.#running) return;
    this.#running = false;
    this.#camera?.stop();
    this.#close();
    this.#start.focus();
  }

  /** Take the photo now, in full size. */
  async take() {
    if (!this.#running) return;
    const blob = await grab(this.#video, PHOTO);
    const name = this.#current?.dataset.pose ?? "photo";
    this.#view.classList.remove("is-flash");
    this.#view.getBoundingClientRect(); // The browser has to draw once, or the flash would not begin again.
    this.#view.classList.add("is-flash");
    this.#current?.classList.add("is-taken");
    this.onPhoto(new File([blob], `webcam-${name}.jpg`, { type: "image/jpeg" }));
    this.announce(this.config.words.taken);
    this.#move();
  }

  /** Record a clip, of which the server picks a photo in each of several poses. */
  async record() {
    if (!this.#running || this.#waiting) return;
    this.#wait(true);
    this.#advise("");
    this.#pose.textContent = this.config.words.recording;
    const frames = [];
    for (const end = performance.now() + CLIP.length; this.#running && performance.now() < end; ) {
      frames.push(await grab(this.#video, CLIP.frame));
      await pause(CLIP.every);
    }
    if (this.#running) {
      this.#pose.textContent = this.config.words.picking;
      const said = await this.onClip(frames);
      this.#choose(this.#current);
      this.#advise(said);
      this.announce(said);
      // Long enough to be read, before the preview speaks again.
      await pause(CLIP.length);
    }
    this.#wait(false);
  }

  /** @param {boolean} waiting */
  #wait(waiting) {
    this.#waiting = waiting;
    for (const button of [this.#record, this.#take, this.#skip]) button.disabled = waiting;
  }

  async #watch() {
    let good = 0;
    while (this.#running) {
      if (this.#waiting) {
        good = 0;
        await pause(PAUSE);
        continue;
      }
      const look = await this.#look();
      if (!this.#running) return;
      if (look && !this.#waiting) {
        drawFrame(this.#frame, look);
        const right = this.#right(look);
        this.#view.classList.toggle("is-right", right);
        good = right ? good + 1 : 0;
        if (good >= 2 && this.#auto.checked && this.#current) {
          good = 0;
          await this.take();
          await pause(900);
        }
      }
      await pause(document.hidden ? 1000 : PAUSE);
    }
  }

  /** @returns {Promise<Look | null>} */
  async #look() {
    const blob = await grab(this.#video, PREVIEW).catch(() => null);
    if (!blob) return null;
    const { ok, body } = await post(this.config.urls.look, blob);
    if (!ok) {
      this.#advise(body?.errors?.[0]?.remedy || body?.detail || this.config.words.offline);
      await pause(1500);
      return null;
    }
    const meant = MEANT[this.#current?.dataset.pose ?? ""] ?? [];
    this.#advise(body.hint === "ok" || meant.includes(body.hint) ? "" : body.hint_text);
    return body;
  }

  /** @param {Look} look */
  #right(look) {
    const pose = this.#current?.dataset.pose;
    if (look.faces !== 1 || !pose) return false;
    return (look.hint === "ok" || MEANT[pose].includes(look.hint)) && POSES[pose](look);
  }

  /** On to the next pose that is not taken yet. */
  #move() {
    const open = this.#poses.filter((pose) => !pose.classList.contains("is-taken"));
    const place = this.#current ? this.#poses.indexOf(this.#current) : -1;
    const later = open.find((pose) => this.#poses.indexOf(pose) > place);
    this.#choose(later ?? open.find((pose) => pose !== this.#current) ?? open[0] ?? null);
  }

  /** @param {HTMLElement | null} pose */
  #choose(pose) {
    this.#current = pose;
    for (const one of this.#poses) {
      if (one === pose) one.setAttribute("aria-current", "step");
      else one.removeAttribute("aria-current");
    }
    this.#pose.textContent = pose ? pose.dataset.say ?? "" : this.config.words.all_taken;
  }

  /** @param {string} text */
  #advise(text) {
    if (this.#hint.textContent !== text) this.#hint.textContent = text;
  }

  /** @param {string} code */
  #fail(code) {
    this.#running = false;
    this.#close();
    const known = find("#cam-errors", HTMLTemplateElement).content.querySelector(`[data-code="${code}"]`);
    this.#error.textContent = known?.textContent.trim() ?? this.config.words.no_camera;
    this.#error.hidden = false;
  }

  #close() {
    this.#on.hidden = true;
    this.#off.hidden = false;
    find(".enrol-take", HTMLElement).classList.remove("is-filming");
  }
}
