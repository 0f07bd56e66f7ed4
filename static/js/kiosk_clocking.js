// From a burst, or from number and PIN, to a punch that the person has seen.
import { Offline, Problem } from "./kiosk_api.js";
import { showDoor } from "./kiosk_door.js";
import { PinPad } from "./kiosk_pin.js";
import { ProposalView } from "./kiosk_proposal.js";
import { play } from "./kiosk_tone.js";

const HOLD = 1500; // An answer about the burst stays so long before looks replace it.

export class Clocking {
  constructor({ screen, flow, api, config }) {
    Object.assign(this, { screen, flow, api, config });
    this.watch = null;
    this.proposal = new ProposalView({
      screen, api, config,
      onRecorded: (result) => this.#recorded(result),
      onRefused: (advice) => this.#refused(advice),
      onError: (error) => flow.fail(error),
    });
    this.pad = new PinPad(document.getElementById("pin-form"), {
      text: config.text,
      onSubmit: (number, pin) => this.#submitPin(number, pin),
      onTouch: () => flow.after(config.seconds.pin, () => flow.begin()),
    });
    flow.onBegin(() => {
      this.proposal.close();
      this.pad.clear();
    });
  }

  /** Ask whose face a burst shows. */
  async identify(burst) {
    const answer = await this.api.identify(burst);
    if (this.screen.state !== "identifying") return;
    this.answered(answer);
  }

  /** Show what the server said about a burst. */
  answered(answer) {
    showDoor(answer.door, this.screen);
    if (answer.door?.reason === "pin_needed") this.openPin();
    else if (answer.outcome === "identified") this.offer(answer);
    else if (["recorded", "refused"].includes(answer.outcome)) this.#settled(answer);
    else if (answer.outcome === "unknown") this.unknown(answer.advice);
    else {
      this.watch.hold(HOLD);
      if (answer.outcome === "several_faces") this.screen.show("several");
      else if (answer.outcome === "no_face") this.screen.show("idle");
      else this.screen.hint(answer.outcome, answer.advice);
    }
  }

  offer(answer) {
    this.flow.stay();
    if (answer.already) {
      play("already");
      this.flow.finish("already", { detail: answer.greeting, name: answer.name });
    } else {
      this.proposal.open(answer);
    }
  }

  unknown(advice) {
    play("bad");
    this.flow.finish("unknown", { detail: advice }, this.config.seconds.unknown);
    document.querySelector('[data-view="unknown"] [data-do="pin"]').focus();
  }

  openPin(first = "") {
    this.proposal.close();
    this.screen.show("pin");
    this.pad.open(first);
    this.flow.after(this.config.seconds.pin, () => this.flow.begin());
  }

  /** "That is not me", before anything was recorded. */
  notMe() {
    this.proposal.close();
    this.flow.finish("unknown", { detail: this.config.text.not_me }, this.config.seconds.unknown);
  }

  /** Where passing the door clocks, the answer is the punch itself. */
  #settled(answer) {
    if (answer.outcome === "refused") this.#refused(answer.advice);
    else this.#recorded(answer);
  }

  #recorded(result) {
    play(result.outcome === "already" ? "already" : "good");
    if (result.outcome === "already") {
      this.flow.finish("already", { detail: result.greeting, name: result.name });
    } else {
      const way = this.config.text[result.direction];
      this.flow.finish("done", { detail: result.greeting, way, time: result.time });
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
      if (answer.outcome === "identified") {
        this.pad.clear();
        this.offer(answer);
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
      if (error instanceof Offline) this.pad.refuse(text.offline_pin);
      else if (error instanceof Problem && error.code !== "csrf") this.pad.refuse(error.message || text.fault);
      else this.flow.fail(error);
    }
  }
}
