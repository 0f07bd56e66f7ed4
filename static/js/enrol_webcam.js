// The webcam: a live frame round the face, one pose after the other, a photo when the pose is right.

import { drawFrame, grab, openCamera } from "./camera.js";
import { post } from "./enrol_server.js";

const PREVIEW = { width: 480, quality: 0.7 };
const PHOTO = { width: 1280, quality: 0.92 };
const PAUSE = 200;
const TURN = 12;
const NOD = 9;
const SMILE = 0.45;
/** What a pose brings with it is no fault of the photo. */
const MEANT = { left: ["turned"], right: ["turned"], up: ["looking_up_down"], smile: [], straight: [] };
/** Positive yaw: the head to the picture's right, which is the person's own left. */
const POSES = {
  straight: (look) => Math.abs(look.yaw) < TURN && Math.abs(look.pitch) < TURN,
  left: (look) => look.yaw > TURN,
  right: (look) => look.yaw < -TURN,
  up: (look) => look.pitch > NOD,
  smile: (look) => look.smile > SMILE && Math.abs(look.yaw) < TURN,
};

export class Webcam {
  /** `onPhoto(blob)` takes each photo. */
  constructor({ config, announce, onPhoto }) {
    Object.assign(this, { config, announce, onPhoto });
    for (const name of ["off", "on", "video", "frame", "pose", "hint", "auto", "take", "skip", "stop", "start", "error"]) {
      this[`$${name}`] = document.querySelector(`#cam-${name}`);
    }
    this.view = this.$video.parentElement;
    this.poses = [...document.querySelectorAll("#cam-poses li")];
    this.$start.addEventListener("click", () => this.start());
    this.$stop.addEventListener("click", () => this.stop());
    this.$take.addEventListener("click", () => this.take());
    this.$skip.addEventListener("click", () => this.#move());
    window.addEventListener("pagehide", () => this.stop());
  }

  async start() {
    this.$error.hidden = true;
    this.$on.hidden = false;
    this.$off.hidden = true;
    this.camera = await openCamera(this.$video, { onError: (code) => this.#fail(code) });
    if (!this.camera) return;
    document.querySelector(".enrol-take").classList.add("is-filming");
    this.$take.focus();
    this.#choose(this.poses.find((pose) => !pose.classList.contains("is-taken")) ?? this.poses[0]);
    this.running = true;
    this.#watch();
  }

  stop() {
    if (!this.running) return;
    this.running = false;
    this.camera?.stop();
    this.#close();
    this.$start.focus();
  }

  /** Take the photo now, in full size. */
  async take() {
    if (!this.running) return;
    const blob = await grab(this.$video, PHOTO);
    const name = this.current?.dataset.pose ?? "photo";
    this.view.classList.remove("is-flash");
    void this.view.offsetWidth;
    this.view.classList.add("is-flash");
    this.current?.classList.add("is-taken");
    this.onPhoto(new File([blob], `webcam-${name}.jpg`, { type: "image/jpeg" }));
    this.announce(this.config.words.taken);
    this.#move();
  }

  async #watch() {
    let good = 0;
    while (this.running) {
      const look = await this.#look();
      if (!this.running) return;
      if (look) {
        drawFrame(this.$frame, look);
        const right = this.#right(look);
        this.view.classList.toggle("is-right", right);
        good = right ? good + 1 : 0;
        if (good >= 2 && this.$auto.checked && this.current) {
          good = 0;
          await this.take();
          await pause(900);
        }
      }
      await pause(document.hidden ? 1000 : PAUSE);
    }
  }

  async #look() {
    const blob = await grab(this.$video, PREVIEW).catch(() => null);
    if (!blob) return null;
    const { ok, body } = await post(this.config.urls.look, blob);
    if (!ok) {
      this.#hint(body?.errors?.[0]?.remedy || body?.detail || this.config.words.offline);
      await pause(1500);
      return null;
    }
    const meant = MEANT[this.current?.dataset.pose] ?? [];
    this.#hint(body.hint === "ok" || meant.includes(body.hint) ? "" : body.hint_text);
    return body;
  }

  #right(look) {
    const pose = this.current?.dataset.pose;
    if (look.faces !== 1 || !pose) return false;
    return (look.hint === "ok" || MEANT[pose].includes(look.hint)) && POSES[pose](look);
  }

  #move() {
    const open = this.poses.filter((pose) => !pose.classList.contains("is-taken"));
    const later = open.find((pose) => this.poses.indexOf(pose) > this.poses.indexOf(this.current));
    this.#choose(later ?? open.find((pose) => pose !== this.current) ?? open[0] ?? null);
  }

  #choose(pose) {
    this.current = pose;
    for (const one of this.poses) {
      if (one === pose) one.setAttribute("aria-current", "step");
      else one.removeAttribute("aria-current");
    }
    this.$pose.textContent = pose ? pose.dataset.say : this.config.words.all_taken;
  }

  #hint(text) {
    if (this.$hint.textContent !== text) this.$hint.textContent = text;
  }

  #fail(code) {
    this.running = false;
    this.#close();
    const known = document.querySelector("#cam-errors").content.querySelector(`[data-code="${code}"]`);
    this.$error.textContent = known?.textContent ?? this.config.words.no_camera;
    this.$error.hidden = false;
  }

  #close() {
    this.$on.hidden = true;
    this.$off.hidden = false;
    document.querySelector(".enrol-take").classList.remove("is-filming");
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
