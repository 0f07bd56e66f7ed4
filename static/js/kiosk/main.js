// The kiosk: its parts, put together. What each part does stands at the head of its file.
import { find } from "../dom.js";
import { Api, Offline, Problem } from "./api.js";
import { keepPage } from "./app.js";
import { Camera } from "./camera.js";
import { Clocking } from "./clocking.js";
import { CodeReader } from "./code.js";
import { readConfig } from "./config.js";
import { able, Device } from "./device.js";
import { PageFinder, ServerFinder } from "./finder.js";
import { Flow } from "./flow.js";
import { Heartbeat } from "./heartbeat.js";
import { Keeping } from "./keeping.js";
import { keepAwake, restartAfterErrors, toggleFullScreen } from "./power.js";
import { Queue } from "./queue.js";
import { SiteTest } from "./site_test.js";
import { runClock, Screen } from "./screen.js";
import { Sync } from "./sync.js";
import { serverNow } from "./time.js";
import { unlock, useSound } from "./tone.js";
import { useVoice } from "./voice.js";
import { Watch } from "./watch.js";

const config = readConfig();
const { settings } = config;
const video = find("#video", HTMLVideoElement);
const flash = find("#flash", HTMLElement);
const screen = new Screen(config);
const device = new Device(config.device.key);
const api = new Api(config, device);
const flow = new Flow({ screen, api, config });
const clocking = new Clocking({ screen, flow, api, config, video });
const watch = new Watch({
  video, screen, flow,
  frame: find("#frame", HTMLCanvasElement),
  finder: new ServerFinder(api),
  wanted: () => (test.on ? test.wantsFace : clocking.wantsFace),
  frames: (settings.liveness ?? "off") === "off" ? 3 : 5, // Motion shows over half a second.
  onBurst: (burst) => (test.on ? test.look(burst) : clocking.identify(burst)),
});
const camera = new Camera(video, { choice: settings.camera, onState: cameraIs });
const reader = new CodeReader({
  video, wanted: () => camera.on && !test.on && clocking.takesCode, onCode: (text) => clocking.badge(text),
});
const test = new SiteTest({
  screen, flow, api, config, watch,
  onChange: () => {
    if (camera.on) flow.settle(home());
  },
});
let open = config.open;
let stale = false; // The page or its settings have changed on the server.
let lacking = false; // A part of the page did not load, as when the network goes during the first visit.
clocking.watch = watch;

restartAfterErrors();
useSound(settings.sound);
useVoice(settings.voice);
screen.lamp = settings.lamp;
document.body.style.setProperty("--dim", String(1 - settings.brightness / 100));
flow.onBegin(() => {
  screen.shine(false);
  if (stale) window.location.reload();
});
flow.onBack(() => {
  stale ||= lacking;
});

// Whoever chose another language chose it for themselves: after a quiet minute the kiosk speaks its own again.
if (new URLSearchParams(window.location.search).has("language")) {
  let quiet = 0;
  setInterval(() => {
    quiet = screen.state === flow.home && document.body.dataset.awake !== "true" ? quiet + 1 : 0;
    if (quiet >= config.seconds.language) window.location.replace(window.location.pathname);
  }, 1000);
}

/** What the kiosk shows while it waits. */
function home() {
  if (!open) return "closed";
  if (test.on) return "test";
  if (settings.mode === "verify") return "number";
  return settings.start === "touch" ? "touch" : "idle";
}

/** @param {string} state */
function cameraIs(state) {
  watch.camera = state === "on";
  screen.mark("camera", state === "on" ? "on" : "off");
  if (state === "starting") {
    const waits = flow.looking || screen.state === flow.home;
    flow.home = state;
    if (waits) screen.show(state);
  } else {
    flow.settle(state === "on" ? home() : state);
  }
}

/**
 * @param {boolean} yes
 * @param {string} opens
 */
function openOrClose(yes, opens) {
  find("#opens", HTMLElement).textContent = opens;
  if (yes === open) return;
  open = yes;
  if (open) camera.start();
  else {
    camera.rest();
    cameraIs("closed");
  }
}

const heartbeat = new Heartbeat({
  api,
  describe: async () => ({ version: config.version, state: screen.state, cameras: await camera.names() }),
  onAnswer: (answer, error) => {
    if (!answer) {
      if (flow.looking || screen.state === flow.home) flow.fail(error);
      return;
    }
    flash.hidden = !answer.identify;
    openOrClose(answer.open, answer.opens);
    test.wish(answer.test);
    stale ||= answer.version !== config.version;
    if (stale && screen.state === flow.home) window.location.reload();
  },
});

const queue = new Queue(config.queue, device);
const sync = new Sync(config.urls.queue, { onChange: () => keeping.changed() });
const keeping = new Keeping({ screen, flow, config, queue, sync, video });

/**
 * What a button with this name in data-do does.
 * @type {Record<string, () => unknown>}
 */
const ACTIONS = {
  "keep-in": () => keeping.press("in"),
  "keep-out": () => keeping.press("out"),
  camera: () => camera.start(),
  pin: () => clocking.openPin(),
  again: () => flow.begin(),
  retry: () => flow.retry(),
  "not-me": () => clocking.notMe(),
  "test-begin": () => test.begin(),
  "test-skip": () => test.skip(),
  "test-end": () => test.end(),
  look: () => {
    watch.unrest();
    watch.wake();
    screen.show("idle");
    flow.after(config.seconds.face, () => flow.begin());
  },
};

document.addEventListener("click", (event) => {
  const pressed = event.target instanceof Element ? event.target.closest("[data-do]") : null;
  if (pressed instanceof HTMLElement) ACTIONS[pressed.dataset.do ?? ""]?.();
});
find("#full", HTMLElement).addEventListener("click", toggleFullScreen);
document.addEventListener("pointerdown", unlock, { once: true });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !["starting", flow.home].includes(screen.state)) flow.begin();
  if (settings.pin && flow.free && !test.on && /^[0-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    clocking.openPin(event.key);
  }
});
window.addEventListener("offline", () => {
  if (flow.looking || screen.state === flow.home) flow.fail(new Offline());
});
window.addEventListener("online", () => {
  if (screen.state === "offline") flow.retry();
});

/** True when the kiosk may work: its requests are signed, or this device cannot sign any. */
async function bind() {
  try {
    if (!device.fingerprint && able) {
      await navigator.locks.request("presente-key", () => device.enrol((key) => api.register(key)));
    } else if (!(await device.load())) return false;
  } catch (error) {
    // Taken by another tab or device in this moment: the page knows more when it is loaded again.
    if (error instanceof Problem && error.code === "device_key_taken") window.location.reload();
    else if (!(error instanceof Offline)) console.error(error);
  }
  return true;
}

async function work() {
  heartbeat.beat();
  const loading = config.finder ? PageFinder.load(config.finder, config.text) : Promise.resolve(null);
  loading.then((finder) => {
    watch.finder = finder ?? watch.finder;
    lacking ||= Boolean(config.finder) && !finder;
    screen.mark("finder", watch.finder.name);
  });
  if (open) await camera.start();
  else cameraIs("closed");
  // A slow first load does not keep anybody waiting: until the page can look, the server does.
  await Promise.race([loading, new Promise((resolve) => setTimeout(resolve, config.seconds.load * 1000))]);
  watch.run();
  if (!config.reader) return;
  if (await reader.start(config.reader)) screen.mark("reader", "page");
  else lacking = true;
}

// A page that the browser kept says what time it was when it came from the server.
if (document.documentElement.dataset.kept !== undefined) config.now = await serverNow();
runClock(config);
keepAwake();
if (await bind()) {
  if (queue.able) {
    clocking.keeping = keeping;
    api.onAnswer = () => {
      sync.heard();
      if (flow.away) flow.back();
    };
    screen.mark("keeps", "yes");
    keeping.tell();
    sync.wake();
  }
  await work();
} else {
  screen.show("keyless");
}
if (!(await keepPage(config.urls.worker))) lacking = true;
