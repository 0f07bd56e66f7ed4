// The kiosk's questions to the server.
import { heard } from "./time.js";

/** The network or the server does not answer. */
export class Offline extends Error {}

/** This device is no longer paired. */
export class Unpaired extends Error {}

/** The server refused with a problem: `code`, `message`, `status`. */
export class Problem extends Error {
  constructor(status, body, wait = 0) {
    super(body.detail || "");
    this.status = status;
    this.code = body.code || "";
    this.wait = wait; // Seconds after which to ask again, where the server said so.
  }
}

const LIMIT = 15000;
const FRESH = 45000; // The server takes a nonce for 60 s.
const ATTEMPTS = 4;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Api {
  #nonce = "";
  #nonceAt = 0;
  onAnswer = () => {}; // Called whenever the server has answered this device.

  /** `device` (device.js) signs what may record something. */
  constructor({ urls, language }, device) {
    this.urls = urls;
    this.language = language;
    this.device = device;
    this.csrf = document.querySelector('meta[name="csrf-token"]').content;
  }

  /** A sign of life; `report` is what the device says about itself. */
  ping(report = {}) {
    return this.#ask(this.urls.ping, json(report));
  }

  /** A badge's or a QR code's text. */
  badge(code) {
    return this.#signed(this.urls.badge, json({ code }));
  }

  /** "That is not me": undo the punch that was just recorded. */
  undo(token) {
    return this.#signed(this.urls.undo, json({ undo: token }));
  }

  async look(blob) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#ask(this.urls.look, { body: blob, headers: { "Content-Type": "image/jpeg" } });
      } catch (error) {
        if (error.code !== "busy" || attempt >= ATTEMPTS) throw error;
        await pause(error.wait * 1000 * (1 + Math.random() / 2));
      }
    }
  }

  /**
   * A burst {frames: [{blob, at}], extra}: the frames in order; each name of `extra` becomes a field of the form.
   * `limit`: how many milliseconds the answer may take; a film takes the server longer than a burst.
   */
  identify({ frames, extra = {}, limit = LIMIT }) {
    const body = new FormData();
    frames.forEach(({ blob }, index) => body.append("frames", blob, `${index}.jpg`));
    for (const [name, value] of Object.entries(extra)) body.append(name, value);
    return this.#signed(this.urls.identify, { body, limit });
  }

  pin(number, pin) {
    return this.#signed(this.urls.pin, json({ number, pin }));
  }

  confirm(proposal, direction) {
    return this.#signed(this.urls.confirm, json({ proposal, direction }));
  }

  /** Bind the device to the key it made. */
  register(publicKey) {
    return this.#ask(this.urls.key, json({ public_key: publicKey }));
  }

  /** Ask with the device's signature over this very body and a nonce that the server takes once. */
  async #signed(url, { body, headers = {}, limit = LIMIT }) {
    if (!this.device.bound) return this.#ask(url, { body, headers, limit });
    const request = new Request(url, { method: "POST", body, headers });
    const kind = request.headers.get("Content-Type");
    const bytes = await request.arrayBuffer();
    for (let attempt = 0; ; attempt += 1) {
      if (!this.#nonce || Date.now() - this.#nonceAt > FRESH) await this.ping();
      const nonce = this.#nonce;
      this.#nonce = "";
      const signed = await this.device.headers("POST", url, bytes, nonce);
      try {
        return await this.#ask(url, { body: bytes, headers: { "Content-Type": kind, ...signed }, limit });
      } catch (error) {
        if (!(error instanceof Problem) || attempt >= ATTEMPTS) throw error;
        // Many people at many doors: the server says when to ask again, and each kiosk comes at a moment of its own.
        if (error.code === "busy") await pause(error.wait * 1000 * (1 + Math.random() / 2));
        // Else only where the tablet slept between nonce and question: the refusal brought a fresh one.
        else if (error.code !== "nonce_expired") throw error;
      }
    }
  }

  async #ask(url, { body, headers = {}, limit = LIMIT }) {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        body,
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.timeout(limit),
        headers: {
          "X-CSRFToken": this.csrf,
          "X-Kiosk-Language": this.language,
          Accept: "application/json",
          ...headers,
        },
      });
    } catch (error) {
      throw new Offline(error.message);
    }
    const next = response.headers.get("Presente-Nonce");
    if (next) {
      this.#nonce = next;
      this.#nonceAt = Date.now();
      heard(Number(response.headers.get("Presente-Time")));
      this.onAnswer();
    }
    if (response.status === 401) throw new Unpaired();
    if ([502, 504].includes(response.status)) throw new Offline(`status ${response.status}`);
    let content;
    try {
      content = await response.json();
    } catch {
      content = { code: response.status === 403 ? "csrf" : "fault" };
    }
    if (!response.ok) {
      throw new Problem(response.status, content, Number(response.headers.get("Retry-After")) || 0);
    }
    return content;
  }
}

function json(content) {
  return { body: JSON.stringify(content), headers: { "Content-Type": "application/json" } };
}
