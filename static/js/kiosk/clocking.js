// From a burst, or from number and PIN, to a punch that the person has seen.
import { find } from "../dom.js";
import { isChallenge, isNumber, isOffer, isRecorded, needsFace, Offline, Problem } from "./api.js";
import { Challenge } from "./challenge.js";
import { showDoor } from "./door.js";
import { PinPad } from "./pin.js";
import { ProposalView } from "./proposal.js";
import { play } from "./tone.js";

/** @import { Advice, Answer, Api, FaceNeeded, Film, Offer, Recorded } from "./api.js" */
/** @import { Config } from "./config.js" */
/** @import { Flow } from "./flow.js" */
/** @import { Keeping } from "./keeping.js" */
/** @import { Screen } from "./screen.js" */
/** @import { Shown, Watch } from "./watch.js" */

/**
 * @typedef {object} ClockingParts
 * @property {Screen} screen
 * @property {Flow} flow
 * @property {Api} api
 * @property {Config} config
 * @property {HTMLVideoElement} video
 */

const HOLD = 1500; // An answer about the burst stays so long before looks replace it.

export class Clocking {
  /**
   * Who number and PIN say it is, where the face has to confirm it.
   * @type {string | null}
   */
  #claim = null;

  /**
   * What looks through the camera; set once it is there.
   * @type {Watch | null}
   */
  watch = null;

  /**
   * What to do while the server is away, where this device can keep punches.
   * @type {Keeping | null}
   */
  keeping = null;

  /** @param {ClockingParts} parts */
  constructor({ screen, flow, api, config, video }) {
    this.screen = screen;
    this.flow = flow;
    this.api = api;
    this.config = config;
    this.video = video;
    this.proposal = new ProposalView({
      screen, api, config,
      onRecorded: (result) => this.#recorded(result),
      onRefused: (advice) => this.#refused(advice),
      onError: (error) => flow.fail(error),
      onUntouched: (answer) => flow.finish("already", { detail: answer.standing ?? "", name: answer.name }),
      onLost: () => {
        const { keeping } = this;
        return keeping && ((proposal, direction) => keeping.offer(proposal, direction));
      },
    });
    this.pad = new PinPad(find("#pin-form", HTMLFormElement), {
      text: config.text,
      onSubmit: (number, pin) => this.#submitPin(number, pin),
      onTouch: () => flow.after(config.seconds.pin, () => flow.begin()),
    });
    this.undo = "";
    flow.onBegin(() => this.#forget());
  }

  /** True while a face is of use: always, or, where number and PIN come first, after those. */
  get wantsFace() {
    return this.config.settings.mode === "face" || this.#claim !== null;
  }

  /**
   * Ask whose face a burst shows.
   * @param {Shown} burst
   */
  async identify(burst) {
    /** @type {Record<string, string>} */
    const extra = { times: JSON.stringify(burst.frames.map((frame) => frame.at)) };
    if (this.#claim) extra.claim = this.#claim;
    const first = await this.api.identify({ frames: burst.frames, extra });
    if (this.screen.state !== "identifying") return;
    const answer = isChallenge(first) ? await this.#prove(first.challenge) : first;
    if (!answer) return;
    this.answered(answer);
    this.screen.mark("took", Date.now() - burst.since); // From standing still to the answer.
  }

  /**
   * Show what the server said about a burst.
   * @param {Answer} answer
   */
  answered(answer) {
    showDoor(answer.door, this.screen);
    if (answer.door?.reason === "pin_needed") this.openPin();
    else if (isOffer(answer)) this.offer(answer);
    else if (isRecorded(answer)) this.#recorded(answer);
    else if (!isNumber(answer)) this.#advise(answer);
  }

  /**
   * Nothing to record: say what to do instead.
   * @param {Pick<Advice, "outcome" | "advice">} answer
   */
  #advise({ outcome, advice }) {
    if (outcome === "refused") this.#refused(advice);
    else if (outcome === "unknown") this.unknown(advice);
    else if (outcome === "not_live") this.#notLive(advice);
    else {
      this.watch?.hold(HOLD);
      if (outcome === "several_faces") this.screen.show("several");
      else if (outcome === "no_face") this.screen.show("idle");
      else this.screen.hint(outcome, advice);
    }
  }

  /**
   * Have the person move; the answer to it, or null when they left.
   * @param {Film} request
   */
  async #prove(request) {
    this.flow.stay();
    try {
      return await new Challenge(this).run(request);
    } catch (error) {
      // The camera is gone, or the connection: not the place to wait for either.
      if (this.screen.state === "challenge") this.flow.begin();
      throw error;
    }
  }

  /** @param {string} advice */
  #notLive(advice) {
    this.#sorry("not_live", advice);
  }

  /** @param {Offer} answer */
  offer(answer) {
    this.flow.stay();
    this.screen.use(answer.language);
    if (answer.already) {
      play("already");
      this.flow.finish("already", { detail: answer.greeting, name: answer.name });
    } else {
      this.proposal.open(answer);
    }
  }

  /** @param {string} advice */
  unknown(advice) {
    this.#sorry("unknown", advice);
  }

  /**
   * A screen that offers the PIN, which has the focus.
   * @param {"unknown" | "not_live" | "mistaken"} state
   * @param {string} advice
   */
  #sorry(state, advice) {
    play("bad");
    this.flow.finish(state, { detail: advice }, this.config.seconds.unknown);
    find(`[data-view="${state}"] .button`, HTMLButtonElement).focus();
  }

  openPin(first = "") {
    if (!this.config.settings.pin) return;
    this.proposal.close();
    this.#claim = null;
    this.screen.use();
    this.screen.show("pin");
    this.pad.open(first);
    this.flow.after(this.config.seconds.pin, () => this.flow.begin());
  }

  /**
   * A badge or a QR code was held before the camera.
   * @param {string} code
   */
  async badge(code) {
    try {
      const answer = await this.api.badge(code);
      if (!this.takesCode) return;
      if (isNumber(answer)) {
        this.openPin(answer.number);
        this.pad.next();
      } else if (isOffer(answer) || needsFace(answer)) {
        this.#known(answer);
      } else if (isRecorded(answer)) {
        this.#recorded(answer);
      } else {
        this.#refused(answer.advice);
      }
    } catch (error) {
      this.flow.fail(error);
    }
  }

  /** True while a code before the camera would be of use. */
  get takesCode() {
    const { state } = this.screen;
    return this.flow.looking || state === this.flow.home || (state === "pin" && this.pad.empty);
  }

  /** "That is not me": before anything was recorded it is forgotten, afterwards it is undone and kept as evidence. */
  async notMe() {
    this.proposal.close();
    const { undo } = this;
    this.undo = "";
    let detail = this.config.text.nothing_recorded;
    if (undo) {
      this.flow.stay();
      this.screen.show("saving", { detail: "" });
      try {
        detail = (await this.api.undo(undo)).advice;
      } catch (error) {
        if (!(error instanceof Offline || error instanceof Problem)) throw error;
        this.#refused(error.message || this.config.text.fault);
        return;
      }
    }
    this.screen.use();
    this.#sorry("mistaken", detail);
  }

  #forget() {
    this.proposal.close();
    this.pad.clear();
    this.#claim = null;
    this.undo = "";
    this.screen.use();
  }

  /**
   * Number and PIN, or a badge, were right: offer the punch, or ask for the face that goes with them.
   * @param {Offer | FaceNeeded} answer
   */
  #known(answer) {
    this.pad.clear();
    if (!needsFace(answer)) {
      this.offer(answer);
      return;
    }
    this.#claim = answer.claim;
    this.watch?.unrest();
    this.watch?.wake();
    this.screen.show("idle");
    this.screen.speak(answer.advice);
    this.flow.after(this.config.seconds.face, () => this.flow.begin());
  }

  /** @param {Recorded} result */
  #recorded(result) {
    this.screen.use(result.language);
    this.undo = result.undo;
    play(result.outcome === "already" ? "already" : "good");
    if (result.outcome === "already") {
      this.flow.finish("already", { detail: result.greeting, name: result.name });
    } else {
      const way = this.screen.word(result.direction);
      find("#undo", HTMLElement).hidden = !this.undo;
      const { undo, result: plain } = this.config.seconds;
      const parts = { detail: result.greeting, way, time: result.time };
      this.flow.finish("done", parts, this.undo ? undo : plain);
    }
  }

  /** @param {string} advice */
  #refused(advice) {
    play("bad");
    this.flow.finish("refused", { detail: advice }, this.config.seconds.unknown);
  }

  /**
   * @param {string} number
   * @param {string} pin
   */
  async #submitPin(number, pin) {
    try {
      const answer = await this.api.pin(number, pin);
      if (this.screen.state !== "pin") return;
      showDoor(answer.door, this.screen);
      if (isOffer(answer) || needsFace(answer)) {
        this.#known(answer);
      } else if (isRecorded(answer)) {
        this.pad.clear();
        this.#recorded(answer);
      } else if (answer.outcome === "refused" && "advice" in answer) {
        this.pad.clear();
        this.#refused(answer.advice);
      } else if ("advice" in answer) {
        play("bad");
        this.pad.refuse(answer.advice);
      }
    } catch (error) {
      if (this.screen.state !== "pin") return;
      const { text } = this.config;
      if (error instanceof Offline && this.keeping) {
        this.pad.clear();
        this.keeping.ask(number, pin);
      } else if (error instanceof Offline) this.pad.refuse(text.offline_pin);
      else if (error instanceof Problem && error.code !== "csrf") this.pad.refuse(error.message || text.fault);
      else this.flow.fail(error);
    }
  }
}
