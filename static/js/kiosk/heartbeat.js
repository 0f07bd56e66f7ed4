// Every 20 seconds: tell the server that this device lives, and hear what HR wants of it.

/** @import { Api, PingAnswer } from "./api.js" */

/**
 * @typedef {object} HeartbeatParts
 * @property {Api} api
 * @property {() => Promise<{version: string, state: string, cameras: string[]}>} describe What the server is told.
 * @property {(answer: PingAnswer | null, error?: unknown) => void} onAnswer Gets what the server says, or the error.
 */

const EVERY = 20000;

export class Heartbeat {
  #timer = 0;

  /** @param {HeartbeatParts} parts */
  constructor({ api, describe, onAnswer }) {
    this.api = api;
    this.describe = describe;
    this.onAnswer = onAnswer;
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.beat();
    });
  }

  async beat() {
    clearTimeout(this.#timer);
    try {
      this.onAnswer(await this.api.ping(await this.describe()));
    } catch (error) {
      this.onAnswer(null, error);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.beat(), EVERY);
  }
}
