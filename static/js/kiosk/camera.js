// The kiosk's camera: opened as HR chose, opened again when it was lost, froze, or the device slept.
import { openCamera } from "../camera.js";

/** @import { OpenCamera } from "../camera.js" */

const AGAIN = 10000; // Milliseconds until a lost camera is tried again.
const FROZEN = 8000; // A picture that stands still for so long is a camera that hangs.
const SLEPT = 30000; // A timer that is late by so much: the device was asleep.

export class Camera {
  /** @type {OpenCamera | null} */
  #open = null;
  #again = 0;
  #starting = false;
  #seen = { time: 0, at: Date.now() };
  #beat = Date.now();

  /**
   * `onState` is told "on", or why there is no picture: "starting", "insecure", "camera_denied", …
   * @param {HTMLVideoElement} video
   * @param {{choice: string, onState: (code: string) => void}} options
   */
  constructor(video, { choice, onState }) {
    this.video = video;
    this.choice = choice;
    this.onState = onState;
    this.wanted = true;
    setInterval(() => this.#check(), 2000);
    navigator.mediaDevices?.addEventListener?.("devicechange", () => {
      if (this.wanted && !this.#open) this.start();
    });
  }

  get on() {
    return this.#open !== null;
  }

  async start() {
    this.wanted = true;
    if (this.#starting) return;
    this.#starting = true;
    clearTimeout(this.#again);
    this.#open?.stop();
    this.#open = null;
    this.onState("starting");
    this.#open = await openCamera(this.video, { camera: this.choice, onError: (code) => this.#lost(code) });
    this.#starting = false;
    this.#seen = { time: -1, at: Date.now() };
    if (!this.wanted) this.rest();
    else if (this.#open) this.onState("on");
  }

  /** Let the camera rest, its light off, until it is started again. */
  rest() {
    this.wanted = false;
    clearTimeout(this.#again);
    this.#open?.stop();
    this.#open = null;
  }

  /** What the device calls its cameras; empty before it was allowed to use one. */
  async names() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
    return devices.filter((device) => device.kind === "videoinput" && device.label).map((device) => device.label);
  }

  /** @param {string} code */
  #lost(code) {
    this.#open = null;
    this.onState(code);
    // A camera that is not allowed, or an address that is not secure, waits for a person.
    if (["camera_missing", "camera_busy"].includes(code)) this.#again = setTimeout(() => this.start(), AGAIN);
  }

  #check() {
    const now = Date.now();
    const slept = now - this.#beat > SLEPT;
    this.#beat = now;
    if (!this.#open || document.hidden) {
      this.#seen.at = now;
      return;
    }
    if (this.video.currentTime !== this.#seen.time) this.#seen = { time: this.video.currentTime, at: now };
    if (slept || now - this.#seen.at > FROZEN) this.start();
  }
}
