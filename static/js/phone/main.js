// The employee's page on their phone: clock in and out, with the place where HR asks for it; what waits is sent later.
import { fill, find, findAll } from "../dom.js";
import { keepPage } from "../kiosk/app.js";
import { able, Device } from "../kiosk/device.js";
import { Full, Queue } from "../kiosk/queue.js";
import * as store from "../kiosk/store.js";
import { Sync } from "../kiosk/sync.js";
import { heard } from "../kiosk/time.js";
import { readConfig } from "./config.js";
import { locate } from "./place.js";
import { Selfie } from "./selfie.js";
import { Away, post, Refused } from "./server.js";

/** @import { Direction } from "../kiosk/config.js" */
/** @import { Rule } from "./config.js" */
/** @typedef {{id: string, name: string, fingerprint: string, rule: Rule}} Owner Whose phone this is, as it remembers. */

const AGAIN = 30000; // Between two attempts to send what waits.
const config = readConfig();
const { text, urls } = config;
const state = find("#phone-state", HTMLElement);
const kept = find("#phone-kept", HTMLElement);
const buttons = find("#phone-buttons", HTMLElement);
const device = new Device("");
const queue = new Queue(config.queue, device);
const sync = new Sync(urls.queue, { onChange: () => tell(), onAnswer: (answer) => answered(answer) });
const selfie = new Selfie(config);
/** @type {Rule | null} */
let rule = config.rule;

store.useDatabase("presente-phone");

/**
 * @param {string} words
 * @param {"" | "good" | "bad"} [tone]
 */
function say(words, tone = "") {
  state.textContent = words;
  state.dataset.tone = tone;
}

/** Say how many punches wait in this phone. */
async function tell() {
  const { count, refused: lost } = await queue.state();
  const said = [];
  if (count) said.push(fill(text.waiting, { count }));
  if (lost) said.push(fill(text.refused_count, { count: lost }));
  kept.textContent = said.join(" ");
  document.body.dataset.kept = String(count);
}

/** @param {{now: number, recorded: boolean, text: string}} answer */
function answered(answer) {
  heard(answer.now);
  say(answer.text, answer.recorded ? "good" : "bad");
}

/** Whose phone this is: who is logged in, or who was when there was a connection. */
async function know() {
  /** @type {Owner | undefined} */
  const before = await store.read("meta", "owner");
  if (config.person) {
    const { id, name, keys } = config.person;
    heard(config.now);
    const mine = before?.id === id && keys.includes(before.fingerprint);
    device.fingerprint = mine ? before.fingerprint : "";
    if (rule?.allowed && !(device.fingerprint && (await device.load()))) {
      await device.enrol((publicKey) => post(urls.key, { public_key: publicKey }));
    }
    const owner = { id, name, fingerprint: device.fingerprint, rule };
    await store.write(["meta"], ({ meta }) => meta.put(owner, "owner"));
  } else if (before) {
    device.fingerprint = before.fingerprint;
    rule = (await device.load()) ? before.rule : null;
    find("#phone-owner", HTMLElement).textContent = fill(text.owner, { name: before.name });
  }
  if (!config.person && !rule?.allowed) say(before ? text.not_allowed : text.nobody);
}

/**
 * In or Out was pressed: record it now, or keep it.
 * @param {Direction} direction
 */
async function press(direction) {
  if (!rule) return;
  const key = crypto.randomUUID();
  if (rule.selfie && !(config.person && navigator.onLine)) {
    say(text.selfie_offline, "bad");
    return;
  }
  const shown = rule.selfie ? await selfie.take() : "";
  if (shown === null) {
    say("");
    return;
  }
  say(rule.place ? text.locating : text.sending);
  const place = rule.place ? await locate({ accuracy: rule.accuracy, seconds: config.seconds }) : null;
  say(text.sending);
  try {
    if (!config.person) throw new Away();
    const answer = await post(urls.clock, { direction, key, selfie: shown, place });
    heard(answer.now);
    const recorded = answer.outcome !== "refused";
    say(answer.text, recorded ? "good" : "bad");
    if (recorded) prefer(answer.direction === "in" ? "out" : "in");
  } catch (error) {
    if (error instanceof Refused) refused(error);
    else await keep(direction, { key, place });
  }
}

/** @param {Refused} error */
function refused(error) {
  say(error.message || text.fault, "bad");
  if (error.code !== "login_needed") return;
  const link = document.createElement("a");
  link.href = urls.page;
  link.textContent = text.login_link;
  state.append(" ", link);
}

/**
 * @param {Direction} direction
 * @param {object} content
 */
async function keep(direction, content) {
  if (rule?.selfie || !queue.able) {
    say(rule?.selfie ? text.selfie_offline : text.kept_not, "bad");
    return;
  }
  try {
    await queue.keep("phone", direction, content);
  } catch (error) {
    say(error instanceof Full ? text.kept_full : text.kept_not, "bad");
    return;
  }
  say(text.kept, "good");
  prefer(direction === "in" ? "out" : "in");
  await tell();
  sync.wake();
}

/**
 * Which button stands out: what probably comes next.
 * @param {string} direction
 */
function prefer(direction) {
  for (const button of findAll("[data-direction]", HTMLButtonElement, buttons)) {
    button.classList.toggle("button--quiet", button.dataset.direction !== direction);
  }
}

for (const button of findAll("[data-direction]", HTMLButtonElement, buttons)) {
  button.addEventListener("click", async () => {
    if (buttons.dataset.busy !== undefined) return;
    buttons.dataset.busy = "";
    try {
      await press(/** @type {Direction} */ (button.dataset.direction));
    } catch (error) {
      console.error(error);
      say(text.fault, "bad");
    } finally {
      delete buttons.dataset.busy;
    }
  });
}
window.addEventListener("online", () => sync.heard());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) sync.wake();
});
setInterval(() => sync.wake(), AGAIN);

buttons.hidden = !(config.person && rule?.allowed);
if (able) {
  // Without a place to keep anything, as in a private window, the page still clocks while there is a connection.
  await know().catch((error) => console.warn(error));
  await tell().catch((error) => console.warn(error));
  sync.wake();
}
buttons.hidden = !rule?.allowed;
document.body.dataset.ready = "yes";
if (config.person) await keepPage(urls.worker, { scope: urls.page, page: urls.away });
