// The kiosk: watch for motion, look for a face, ask whose it is, offer the punch, begin again.
import { drawFrame, grab, openCamera } from "./camera.js";
import { Api, Offline, Problem, Unpaired } from "./kiosk_api.js";
import { MotionGate } from "./kiosk_motion.js";
import { PinPad } from "./kiosk_pin.js";
import { ProposalView } from "./kiosk_proposal.js";
import { fill, runClock, Screen } from "./kiosk_screen.js";
import { play, unlock } from "./kiosk_tone.js";

const TICK = 250; // At most four looks a second.
const AWAKE = 4000; // Looks go on for so long after a motion or a face.
const REST = 4000; // After a result the same face is left alone for so long, or until it goes.
const HOLD = 1500; // An answer about the burst stays so long before looks replace it.
const STABLE = 3; // Looks in a row at one place.
const STABLE_POOR = 8; // The same when a look had advice: the burst decides.
const BURST = 3;
const LOOKING = new Set(["idle", "framed", "several", "hint"]);

const config = JSON.parse(document.getElementById("kiosk-config").textContent);
const video = document.getElementById("video");
const frame = document.getElementById("frame");
const screen = new Screen();
const api = new Api(config.urls);
const gate = new MotionGate();
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let camera = null;
let home = "starting"; // Where a result leads back to: idle, or what is wrong with the camera.
let timer = 0;
let awakeUntil = 0;
let holdUntil = 0;
let resting = null;
let stable = 0;
let lastBox = null;
let lastHint = "";
let ticks = 0;

const proposal = new ProposalView({
  screen, api, config,
  onRecorded: (result) => {
    play(result.outcome === "already" ? "already" : "good");
    if (result.outcome === "already") finish("already", { detail: result.greeting, name: result.name });
    else finish("done", { detail: result.greeting, way: config.text[result.direction], time: result.time });
  },
  onRefused: (advice) => {
    play("bad");
    finish("refused", { detail: advice }, config.seconds.unknown);
  },
  onError: (error) => fail(error),
});

const pad = new PinPad(document.getElementById("pin-form"), {
  text: config.text, onSubmit: submitPin, onTouch: () => after(config.seconds.pin, begin),
});

/** Run `action` when `seconds` have gone by in this state. */
function after(seconds, action) {
  clearTimeout(timer);
  timer = setTimeout(action, seconds * 1000);
}

/** Back to the beginning; the face that is still there is left alone for a moment. */
function begin() {
  clearTimeout(timer);
  proposal.close();
  pad.clear();
  stable = 0;
  lastHint = "";
  holdUntil = 0;
  if (camera) home = "idle";
  drawFrame(frame, null);
  screen.show(home);
}

function finish(state, parts, seconds = config.seconds.result) {
  resting = { box: lastBox, until: Date.now() + seconds * 1000 + REST };
  drawFrame(frame, null);
  screen.show(state, parts);
  after(seconds, begin);
}

async function startCamera() {
  clearTimeout(timer);
  camera?.stop();
  home = "starting";
  screen.show("starting");
  camera = await openCamera(video, {
    onError: (code) => {
      camera = null;
      home = code;
      screen.mark("camera", "off");
      if (screen.state === "starting" || LOOKING.has(screen.state)) screen.show(code);
    },
  });
  if (!camera) return;
  screen.mark("camera", "on");
  home = "idle";
  if (screen.state === "starting" || screen.state.startsWith("camera_")) begin();
}

async function watch() {
  for (;;) {
    const started = Date.now();
    try {
      await watchOnce();
    } catch (error) {
      fail(error);
    }
    await pause(Math.max(0, TICK - (Date.now() - started)));
  }
}

async function watchOnce() {
  if (!camera || document.hidden) return;
  ticks += 1;
  screen.mark("ticks", ticks);
  const now = Date.now();
  if (gate.moved(video)) awakeUntil = now + AWAKE;
  const awake = now < awakeUntil;
  screen.mark("awake", awake);
  if (!LOOKING.has(screen.state) || now < holdUntil) return;
  if (awake) await lookOnce();
  else if (screen.state !== "idle") begin();
}

async function lookOnce() {
  const seen = await api.look(await grab(video, { width: 320, quality: 0.7 }));
  if (!LOOKING.has(screen.state)) return;
  screen.mark("faces", seen.faces);
  if (seen.faces) awakeUntil = Date.now() + AWAKE;
  if (rests(seen)) return;
  drawFrame(frame, seen.faces ? seen : null);
  const steady = seen.hint === lastHint;
  lastHint = seen.hint;
  if (seen.faces !== 1) {
    stable = 0;
    lastBox = null;
    // One look without a face, or with two, may be a slip.
    if (steady || screen.state === "idle") screen.show(seen.faces ? "several" : "idle");
    return;
  }
  stable = lastBox && still(lastBox, seen.box) ? stable + 1 : 1;
  lastBox = seen.box;
  if (seen.hint === "ok") screen.show("framed");
  else if (steady) screen.show("hint", { detail: seen.hint_text });
  if (stable >= (seen.hint === "ok" ? STABLE : STABLE_POOR)) await identify();
}

/** After a result: True while the same face stays where it was. */
function rests(seen) {
  if (!resting) return false;
  if (seen.faces === 1 && resting.box === null) resting.box = seen.box;
  if (seen.faces !== 1 || Date.now() > resting.until || overlap(seen.box, resting.box) < 0.3) {
    resting = null;
    return false;
  }
  resting.box = seen.box;
  return true;
}

async function identify() {
  stable = 0;
  screen.show("identifying");
  const frames = [];
  for (let index = 0; index < BURST; index += 1) {
    if (index) await pause(120);
    frames.push(await grab(video, { width: 640, quality: 0.88 }));
  }
  const answer = await api.identify(frames);
  if (screen.state !== "identifying") return;
  if (answer.outcome === "identified") offer(answer);
  else if (answer.outcome === "unknown") {
    play("bad");
    finish("unknown", { detail: answer.advice }, config.seconds.unknown);
    document.querySelector('[data-view="unknown"] [data-do="pin"]').focus();
  } else {
    holdUntil = Date.now() + HOLD;
    if (answer.outcome === "several_faces") screen.show("several");
    else if (answer.outcome === "poor_quality") screen.show("hint", { detail: answer.advice });
    else screen.show("idle");
  }
}

function offer(answer) {
  clearTimeout(timer);
  drawFrame(frame, null);
  if (answer.already) {
    play("already");
    finish("already", { detail: answer.greeting, name: answer.name });
  } else {
    proposal.open(answer);
  }
}

function openPin(first = "") {
  proposal.close();
  drawFrame(frame, null);
  screen.show("pin");
  pad.open(first);
  after(config.seconds.pin, begin);
}

async function submitPin(number, pin) {
  try {
    const answer = await api.pin(number, pin);
    if (screen.state !== "pin") return;
    if (answer.outcome === "identified") {
      pad.clear();
      offer(answer);
    } else {
      play("bad");
      pad.refuse(answer.advice);
    }
  } catch (error) {
    if (screen.state !== "pin") return;
    if (error instanceof Offline) pad.refuse(config.text.offline_pin);
    else if (error instanceof Problem && error.code !== "csrf") pad.refuse(error.message || config.text.fault);
    else fail(error);
  }
}

/** The network or the server failed: say so, and go on by itself when it is back. */
function fail(error) {
  if (error instanceof Unpaired) return window.location.reload();
  if (error instanceof Problem && error.code === "csrf" && !reloadedLately()) return window.location.reload();
  if (["pin", "proposal", "saving"].includes(screen.state)) return undefined;
  const offline = error instanceof Offline;
  if (!offline && !(error instanceof Problem)) console.error(error);
  if (offline) screen.show("offline", { detail: "" });
  else screen.show("problem", { detail: error instanceof Problem && error.message ? error.message : config.text.fault });
  return retryIn(offline ? config.seconds.retry : config.seconds.retry * 3);
}

function retryIn(seconds) {
  if (screen.state === "offline") {
    const place = document.querySelector('[data-view="offline"] [data-detail]');
    place.textContent = seconds > 0 ? fill(config.text.retry, { seconds }) : config.text.retrying;
  }
  if (seconds > 0) after(1, () => retryIn(seconds - 1));
  else retry();
}

async function retry() {
  clearTimeout(timer);
  try {
    await api.ping();
    if (["offline", "problem"].includes(screen.state)) {
      awakeUntil = Date.now() + AWAKE;
      begin();
    }
  } catch (error) {
    fail(error);
  }
}

function reloadedLately() {
  const last = Number(sessionStorage.getItem("presente-reloaded") || 0);
  sessionStorage.setItem("presente-reloaded", String(Date.now()));
  return Date.now() - last < 60000;
}

function still(before, now) {
  const shift = Math.hypot(before[0] + before[2] / 2 - now[0] - now[2] / 2, before[1] + before[3] / 2 - now[1] - now[3] / 2);
  return shift < 0.12 * now[2] && Math.abs(before[2] - now[2]) < 0.15 * now[2];
}

function overlap(one, two) {
  const wide = Math.min(one[0] + one[2], two[0] + two[2]) - Math.max(one[0], two[0]);
  const high = Math.min(one[1] + one[3], two[1] + two[3]) - Math.max(one[1], two[1]);
  if (wide <= 0 || high <= 0) return 0;
  return (wide * high) / (one[2] * one[3] + two[2] * two[3] - wide * high);
}

async function keepAwake() {
  try {
    if (!document.hidden) await navigator.wakeLock?.request("screen");
  } catch {
    // Not allowed here, for instance on a low battery: the device's own setting holds.
  }
}

const ACTIONS = {
  camera: startCamera,
  pin: () => openPin(),
  again: begin,
  retry,
  "not-me": () => {
    proposal.close();
    finish("unknown", { detail: config.text.not_me }, config.seconds.unknown);
  },
};

document.addEventListener("click", (event) => {
  const action = event.target.closest("[data-do]")?.dataset.do;
  if (action) ACTIONS[action]();
});
document.getElementById("pin-open").addEventListener("click", () => openPin());
document.getElementById("full").addEventListener("click", () => {
  const change = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  change.catch(() => {});
});
document.addEventListener("pointerdown", unlock, { once: true });
document.addEventListener("visibilitychange", keepAwake);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !["starting", home].includes(screen.state)) begin();
  const free = LOOKING.has(screen.state) || screen.state === "unknown" || screen.state === home;
  if (free && /^[0-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    openPin(event.key);
  }
});
window.addEventListener("online", () => {
  if (screen.state === "offline") retry();
});
navigator.mediaDevices?.addEventListener?.("devicechange", () => {
  if (["camera_missing", "camera_busy"].includes(screen.state)) startCamera();
});

runClock(config);
keepAwake();
await startCamera();
watch();
