// A request to move, shown step by step while the camera is recorded; the film is the answer.
import { grab } from "../camera.js";
import { find, pause } from "../dom.js";

/** @import { Api, Film } from "./api.js" */
/** @import { Frame } from "./burst.js" */
/** @import { Screen } from "./screen.js" */

const WIDTH = 480;
const LIMIT = 60000; // Some fifty pictures: a second or two on an idle server.

export class Challenge {
  /** @param {{screen: Screen, video: HTMLVideoElement, api: Api}} parts */
  constructor({ screen, video, api }) {
    this.screen = screen;
    this.video = video;
    this.api = api;
    this.view = find('[data-view="challenge"]', HTMLElement);
  }

  /**
   * Show the server's request and send the film.
   * Resolves to the server's answer, or to null when the screen was left meanwhile.
   * @param {Film} request
   */
  async run(request) {
    this.screen.show("challenge", { detail: request.rest });
    /** @type {Frame[]} */
    const frames = [];
    const start = performance.now();
    const steps = [...request.steps];
    this.#step("rest", request.rest, 0);
    for (let tick = 0; ; tick += 1) {
      const due = (tick * 1000) / request.frames_a_second;
      await pause(Math.max(0, due - (performance.now() - start)));
      const gone = (performance.now() - start) / 1000;
      if (this.screen.state !== "challenge") return null;
      if (gone > request.seconds) break;
      const now = steps.findIndex((step) => step.at > gone);
      const passed = now === -1 ? steps.length : now;
      if (passed) this.#step(steps[passed - 1].action, steps[passed - 1].text, passed);
      const at = performance.now() - start;
      frames.push({ blob: await grab(this.video, { width: WIDTH, quality: 0.85 }), at });
    }
    this.screen.show("identifying");
    const times = JSON.stringify(frames.map((frame) => Math.round(frame.at)));
    const answer = await this.api.identify({ frames, extra: { times, challenge: request.id }, limit: LIMIT });
    return this.screen.shows("identifying") ? answer : null;
  }

  /**
   * @param {string} action
   * @param {string} text
   * @param {number} number
   */
  #step(action, text, number) {
    if (this.view.dataset.action === action && this.view.dataset.step === String(number)) return;
    this.view.dataset.action = action;
    this.view.dataset.step = String(number);
    this.screen.show("challenge", { detail: text });
  }
}
