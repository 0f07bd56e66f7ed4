// The kiosk's questions to the server.
import { find, pause } from "../dom.js";
import { heard } from "./time.js";

/** @import { Box } from "../camera.js" */
/** @import { Frame } from "./burst.js" */
/** @import { Config, Direction } from "./config.js" */
/** @import { Device } from "./device.js" */

/** @typedef {{text: string, opened: boolean, reason?: string}} DoorAnswer What the door beside the kiosk did. */

/**
 * @typedef {object} Offer A punch that the person may confirm.
 * @property {"identified"} outcome
 * @property {string} name
 * @property {string} language
 * @property {string} greeting
 * @property {Direction} direction
 * @property {string} time
 * @property {boolean} already
 * @property {boolean} [touch] Nothing is recorded before the person has chosen.
 * @property {string} [standing] What stands where a person who clocked a moment ago does not choose.
 * @property {string} proposal
 * @property {string} portrait The person's portrait as a data address; empty where there is none.
 * @property {DoorAnswer} [door]
 */

/**
 * @typedef {object} Recorded A punch that was stored, or that was there already.
 * @property {"recorded" | "already"} outcome
 * @property {string} name
 * @property {string} language
 * @property {string} greeting
 * @property {Direction} direction
 * @property {string} time
 * @property {string} undo
 * @property {DoorAnswer} [door]
 */

/**
 * @typedef {object} FaceNeeded Number and PIN, or a badge, were right: now the face that goes with them.
 * @property {"face_needed"} outcome
 * @property {string} claim
 * @property {string} advice
 * @property {DoorAnswer} [door]
 */

/**
 * @typedef {object} Film What the person is asked to do before the camera, in seconds from the first frame on.
 * @property {string} id
 * @property {number} seconds
 * @property {number} frames_a_second
 * @property {string} rest
 * @property {{action: string, at: number, text: string}[]} steps
 */

/** @typedef {{outcome: "challenge", advice: string, challenge: Film, door?: DoorAnswer}} ChallengeAnswer */
/** @typedef {{outcome: "number", number: string, door?: DoorAnswer}} NumberAnswer A badge that only says a number. */
/** @typedef {{outcome: string, advice: string, door?: DoorAnswer}} Advice Nothing to record; what to do instead. */
/** @typedef {Offer | Recorded | FaceNeeded | ChallengeAnswer | NumberAnswer | Advice} Answer */

/**
 * @typedef {object} LookAnswer What one preview frame shows.
 * @property {number} faces
 * @property {Box | null} box
 * @property {number} width
 * @property {number} height
 * @property {string} hint
 * @property {string} hint_text
 */

/**
 * @typedef {object} PingAnswer What HR wants of this kiosk now.
 * @property {boolean} open
 * @property {string} opens
 * @property {boolean} identify
 * @property {boolean} test Whether HR tests this kiosk now.
 * @property {string} version
 */

/**
 * @typedef {object} TestStep Where a test of this kiosk stands.
 * @property {false} over
 * @property {number} step
 * @property {number} steps
 * @property {string} title
 * @property {string} text
 * @property {number} done Looks of this step that count.
 * @property {number} looks
 * @property {number} seconds
 * @property {{counts: boolean, outcome: string, advice: string}} [look] What came of the look that was sent.
 */

/** @typedef {TestStep | {over: true}} TestAnswer */

/**
 * @param {Answer} answer
 * @returns {answer is Offer}
 */
export const isOffer = (answer) => answer.outcome === "identified";

/**
 * @param {Answer} answer
 * @returns {answer is Recorded}
 */
export const isRecorded = (answer) => answer.outcome === "recorded" || answer.outcome === "already";

/**
 * @param {Answer} answer
 * @returns {answer is FaceNeeded}
 */
export const needsFace = (answer) => answer.outcome === "face_needed";

/**
 * @param {Answer} answer
 * @returns {answer is ChallengeAnswer}
 */
export const isChallenge = (answer) => answer.outcome === "challenge";

/**
 * @param {Answer} answer
 * @returns {answer is NumberAnswer}
 */
export const isNumber = (answer) => answer.outcome === "number";

/** The network or the server does not answer. */
export class Offline extends Error {}

/** This device is no longer paired. */
export class Unpaired extends Error {}

/** The server refused with a problem: `code`, `message`, `status`. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {{detail?: string, code?: string}} body
   * @param {number} [wait]
   */
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

/** @typedef {{body: BodyInit, headers?: Record<string, string>, limit?: number}} Question */

export class Api {
  #nonce = "";
  #nonceAt = 0;
  /** Called whenever the server has answered this device. */
  onAnswer = () => {};

  /**
   * `device` signs what may record something.
   * @param {Config} config
   * @param {Device} device
   */
  constructor({ urls, language }, device) {
    this.urls = urls;
    this.language = language;
    this.device = device;
    this.csrf = find('meta[name="csrf-token"]', HTMLMetaElement).content;
  }

  /**
   * A sign of life; `report` is what the device says about itself.
   * @param {{version?: string, state?: string, cameras?: string[]}} [report]
   * @returns {Promise<PingAnswer>}
   */
  ping(report = {}) {
    return this.#ask(this.urls.ping, json(report));
  }

  /**
   * A badge's or a QR code's text.
   * @param {string} code
   * @returns {Promise<Answer>}
   */
  badge(code) {
    return this.#signed(this.urls.badge, json({ code }));
  }

  /**
   * "That is not me": undo the punch that was just recorded.
   * @param {string} token
   * @returns {Promise<Advice>}
   */
  undo(token) {
    return this.#signed(this.urls.undo, json({ undo: token }));
  }

  /**
   * @param {Blob} blob
   * @returns {Promise<LookAnswer>}
   */
  async look(blob) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#ask(this.urls.look, { body: blob, headers: { "Content-Type": "image/jpeg" } });
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "busy" || attempt >= ATTEMPTS) throw error;
        await pause(error.wait * 1000 * (1 + Math.random() / 2));
      }
    }
  }

  /**
   * A burst {frames: [{blob, at}], extra}: the frames in order; each name of `extra` becomes a field of the form.
   * `limit`: how many milliseconds the answer may take; a film takes the server longer than a burst.
   * @param {{frames: Frame[], extra?: Record<string, string>, limit?: number}} burst
   * @returns {Promise<Answer>}
   */
  identify({ frames, extra = {}, limit = LIMIT }) {
    return this.#signed(this.urls.identify, { body: formOf(frames, extra), limit });
  }

  /**
   * Of a test of this kiosk: what to do now (`show`), on from `step` (`skip`), or no further (`end`).
   * @param {"show" | "skip" | "end"} what
   * @param {number} [step]
   * @returns {Promise<TestAnswer>}
   */
  test(what, step = 0) {
    return this.#signed(this.urls.test, json({ do: what, step }));
  }

  /**
   * A burst that the test's `step` asked for.
   * @param {Frame[]} frames
   * @param {number} step
   * @returns {Promise<TestAnswer>}
   */
  testLook(frames, step) {
    const times = JSON.stringify(frames.map((frame) => frame.at));
    return this.#signed(this.urls.test_look, { body: formOf(frames, { times, step: String(step) }) });
  }

  /**
   * @param {string} number
   * @param {string} pin
   * @returns {Promise<Answer>}
   */
  pin(number, pin) {
    return this.#signed(this.urls.pin, json({ number, pin }));
  }

  /**
   * @param {string} proposal
   * @param {Direction} direction
   * @returns {Promise<Recorded | Advice>}
   */
  confirm(proposal, direction) {
    return this.#signed(this.urls.confirm, json({ proposal, direction }));
  }

  /**
   * Bind the device to the key it made.
   * @param {string} publicKey
   * @returns {Promise<{key: string}>}
   */
  register(publicKey) {
    return this.#ask(this.urls.key, json({ public_key: publicKey }));
  }

  /**
   * Ask with the device's signature over this very body and a nonce that the server takes once.
   * @param {string} url
   * @param {Question} question
   * @returns {Promise<any>}
   */
  async #signed(url, { body, headers = {}, limit = LIMIT }) {
    if (!this.device.bound) return this.#ask(url, { body, headers, limit });
    const request = new Request(url, { method: "POST", body, headers });
    const kind = request.headers.get("Content-Type") ?? "";
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

  /**
   * @param {string} url
   * @param {Question} question
   * @returns {Promise<any>}
   */
  async #ask(url, { body, headers = {}, limit = LIMIT }) {
    /** @type {Response} */
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
      throw new Offline(error instanceof Error ? error.message : "");
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

/**
 * @param {Frame[]} frames
 * @param {Record<string, string>} extra
 */
function formOf(frames, extra) {
  const body = new FormData();
  frames.forEach(({ blob }, index) => body.append("frames", blob, `${index}.jpg`));
  for (const [name, value] of Object.entries(extra)) body.append(name, value);
  return body;
}

/**
 * @param {object} content
 * @returns {Question}
 */
function json(content) {
  return { body: JSON.stringify(content), headers: { "Content-Type": "application/json" } };
}
