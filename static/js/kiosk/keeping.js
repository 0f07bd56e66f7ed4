// While the server is away: In and Out by a touch, number and PIN, and a word about how much is kept.
import { grab } from "../camera.js";
import { Offline } from "./api.js";
import { Full } from "./queue.js";
import { fill } from "./screen.js";
import { serverNow } from "./time.js";
import { play } from "./tone.js";

const BETWEEN = 130; // Milliseconds between two pictures of a burst.

export class Keeping {
  #typed = null;
  #busy = false;
  #tabs = new BroadcastChannel("presente-kept");

  constructor({ screen, flow, config, queue, sync, video }) {
    Object.assign(this, { screen, flow, config, queue, sync, video });
    this.badge = document.getElementById("kept");
    flow.onBegin(() => (this.#typed = null));
    this.#tabs.onmessage = () => this.tell();
  }

  /** Something was kept or sent: say so here, and in the other tabs of this device. */
  changed() {
    this.#tabs.postMessage("changed");
    return this.tell();
  }

  /** Say how many punches wait in this device, and how many more may. */
  async tell() {
    const { count, refused, near, room } = await this.queue.state();
    const { text } = this.config;
    const said = [];
    if (count) said.push(fill(near ? text.kept_near : text.kept_count, { count, room }));
    if (refused) said.push(fill(text.kept_refused, { count: refused }));
    this.badge.textContent = said.join(" ");
    this.badge.toggleAttribute("data-near", near || refused > 0);
    this.screen.mark("kept", count);
  }

  /** Number and PIN that could not be checked now: which way? */
  ask(number, pin) {
    this.screen.show("way");
    this.#typed = { number, pin };
    document.querySelector('[data-view="way"] [data-do="keep-in"]').focus();
    this.flow.after(this.config.seconds.pin, () => this.flow.begin());
  }

  /** In or Out was pressed: keep what was typed, or what the camera shows. */
  async press(direction) {
    if (this.#busy) return;
    this.#busy = true;
    const typed = this.#typed;
    this.#typed = null;
    try {
      if (typed) await this.#keep("pin", direction, typed);
      else await this.#face(direction);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy = false;
    }
  }

  /** The network went between the greeting and its recording: keep the server's own offer. */
  offer(proposal, direction) {
    return this.#keep("offer", direction, { proposal });
  }

  async #face(direction) {
    this.flow.stay();
    this.screen.show("saving", { detail: "" });
    const frames = [];
    const times = [];
    const count = (this.config.settings.liveness ?? "off") === "off" ? 3 : 5; // Motion shows over half a second.
    while (frames.length < count) {
      if (frames.length) await new Promise((resolve) => setTimeout(resolve, BETWEEN));
      times.push(Date.now());
      frames.push(await grab(this.video, { width: 640, quality: 0.85 }));
    }
    await this.#keep("face", direction, { times }, frames);
  }

  /** Whatever it was, the person must not go away believing that it is saved. */
  #failed(error) {
    const { text, seconds } = this.config;
    const full = error instanceof Full;
    if (!full) console.error(error);
    play("bad");
    this.screen.show("refused", { detail: full ? text.kept_full : text.kept_not });
    this.flow.after(seconds.unknown, () => this.flow.fail(new Offline()));
  }

  async #keep(kind, direction, content, frames = []) {
    const { zone, language, seconds } = this.config;
    this.flow.stay();
    try {
      await this.queue.keep(kind, direction, content, frames);
    } catch (error) {
      this.#failed(error);
      return;
    }
    play("good");
    const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
    this.screen.show("kept", { way: this.screen.word(direction), time: clock.format(await serverNow()) });
    this.flow.after(seconds.result, () => this.flow.fail(new Offline()));
    await this.changed();
    this.sync.wake();
  }
}
