// From a burst, or from number and PIN, to a punch that the person has seen.
import { Offline, Problem } from "./api.js";
import { Challenge } from "./challenge.js";
import { showDoor } from "./door.js";
import { PinPad } from "./pin.js";
import { ProposalView } from "./proposal.js";
import { play } from "./tone.js";

const HOLD = 1500; // An answer about the burst stays so long before looks replace it.

export class Clocking {
  #claim = null; // Who number and PIN say it is, where the face has to confirm it.

  constructor({ screen, flow, api, config, video }) {
    Object.assign(this, { screen, flow, api, config, video });
    this.watch = null;
    this.keeping = null; // What to do while the server is away, where this device can keep punches.
    this.proposal = new ProposalView({
      screen, api, config,
      onRecorded: (result) => this.#recorded(result),
      onRefused: (advice) => this.#refused(advice),
      onError: (error) => flow.fail(error),
      onUntouched: (answer) => flow.finish("already", { detail: answer.standing, name: answer.name }),
      onLost: () => this.keeping && ((proposal, direction) => this.keeping.offer(proposal, direction)),
    });
    this.pad = new PinPad(document.getElementById("pin-form"), {
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

  /** Ask whose face a burst shows. */
  async identify(burst) {
    const extra = { times: JSON.stringify(burst.frames.map((frame) => frame.at)) };
    if (this.#claim) extra.claim = this.#claim;
    let answer = await this.api.identify({ ...burst, extra });
    if (this.screen.state !== "identifying") return;
    if (answer.outcome === "challenge") answer = await this.#prove(answer.challenge);
    if (!answer) return;
    this.answered(answer);
    this.screen.mark("took", Date.now() - burst.since); // From standing still to the answer.
  }

  /** Show what the server said about a burst. */
  answered(answer) {
    showDoor(answer.door, this.screen);
    if (answer.door?.reason === "pin_needed") this.openPin();
    else if (answer.outcome === "identified") this.offer(answer);
    else if (["recorded", "refused"].includes(answer.outcome)) this.#settled(answer);
    else if (answer.outcome === "unknown") this.unknown(answer.advice);
    else if (answer.outcome === "not_live") this.#notLive(answer.advice);
    else {
      this.watch.hold(HOLD);
      if (answer.outcome === "several_faces") this.screen.show("several");
      else if (answer.outcome === "no_face") this.screen.show("idle");
      else this.screen.hint(answer.outcome, answer.advice);
    }
  }

  /** Have the person move; the answer to it, or null when they left. */
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

  #notLive(advice) {
    play("bad");
    this.flow.finish("not_live", { detail: advice }, this.config.seconds.unknown);
    document.querySelector('[data-view="not_live"] .button')?.focus();
  }

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

  unknown(advice) {
    this.#sorry("unknown", advice);
  }

  /** A screen that offers the PIN, which has the focus. */
  #sorry(state, advice) {
    play("bad");
    this.flow.finish(state, { detail: advice }, this.config.seconds.unknown);
    document.querySelector(`[data-view="${state}"] .button`)?.focus();
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

  /** A badge or a QR code was held before the camera. */
  async badge(code) {
    try {
      const answer = await this.api.badge(code);
      if (!this.takesCode) return;
      if (answer.outcome === "number") {
        this.openPin(answer.number);
        this.pad.next();
      } else if (answer.outcome === "badge_unknown") {
        play("bad");
        this.#refused(answer.advice);
      } else {
        this.#known(answer);
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

  /** Number and PIN, or a badge, were right: offer the punch, or ask for the face that goes with them. */
  #known(answer) {
    this.pad.clear();
    if (answer.outcome !== "face_needed") {
      this.offer(answer);
      return;
    }
    this.#claim = answer.claim;
    this.watch.unrest();
    this.watch.wake();
    this.screen.show("idle");
    this.screen.speak(answer.advice);
    this.flow.after(this.config.seconds.face, () => this.flow.begin());
  }

  /** Where passing the door clocks, the answer is the punch itself. */
  #settled(answer) {
    if (answer.outcome === "refused") this.#refused(answer.advice);
    else this.#recorded(answer);
  }

  #recorded(result) {
    this.screen.use(result.language);
    this.undo = result.undo ?? "";
    play(result.outcome === "already" ? "already" : "good");
    if (result.outcome === "already") {
      this.flow.finish("already", { detail: result.greeting, name: result.name });
    } else {
      const way = this.screen.word(result.direction);
      document.getElementById("undo").hidden = !this.undo;
      const { seconds } = this.config;
      this.flow.finish("done", { detail: result.greeting, way, time: result.time }, seconds[this.undo ? "undo" : "result"]);
    }
  }

  #refused(advice) {
    play("bad");
    this.flow.finish("refused", { detail: advice }, this.config.seconds.unknown);
  }

  async #submitPin(number, pin) {
    try {
      const answer = await this.api.pin(number, pin);
      if (this.screen.state !== "pin") return;
      showDoor(answer.door, this.screen);
      if (["identified", "face_needed"].includes(answer.outcome)) {
        this.#known(answer);
      } else if (["recorded", "refused"].includes(answer.outcome)) {
        this.pad.clear();
        this.#settled(answer);
      } else {
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
