// Every 20 seconds: tell the server that this device lives, and hear what HR wants of it.

const EVERY = 20000;

export class Heartbeat {
  #timer = 0;

  /** `describe()` resolves to what is told; `onAnswer(answer)` gets what the server says. */
  constructor({ api, describe, onAnswer }) {
    Object.assign(this, { api, describe, onAnswer });
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
