// The kiosk: its parts, put together. What each part does stands at the head of its file.
import { openCamera } from "./camera.js";
import { Api, Offline, Problem } from "./kiosk_api.js";
import { Clocking } from "./kiosk_clocking.js";
import { ServerFinder } from "./kiosk_finder.js";
import { able, Device } from "./kiosk_device.js";
import { Flow } from "./kiosk_flow.js";
import { keepAwake, toggleFullScreen } from "./kiosk_power.js";
import { runClock, Screen } from "./kiosk_screen.js";
import { unlock } from "./kiosk_tone.js";
import { Watch } from "./kiosk_watch.js";

const config = JSON.parse(document.getElementById("kiosk-config").textContent);
const video = document.getElementById("video");
const screen = new Screen();
const device = new Device(config.device.key);
const api = new Api(config, device);
const flow = new Flow({ screen, api, config });
const clocking = new Clocking({ screen, flow, api, config });
const watch = new Watch({
  video, screen, flow,
  frame: document.getElementById("frame"),
  finder: new ServerFinder(api),
  onBurst: (burst) => clocking.identify(burst),
});
clocking.watch = watch;

let camera = null;

async function startCamera() {
  flow.stay();
  camera?.stop();
  watch.camera = false;
  flow.home = "starting";
  screen.show("starting");
  camera = await openCamera(video, {
    onError: (code) => {
      camera = null;
      watch.camera = false;
      screen.mark("camera", "off");
      flow.settle(code);
    },
  });
  if (!camera) return;
  watch.camera = true;
  screen.mark("camera", "on");
  flow.settle("idle");
}

const ACTIONS = {
  camera: startCamera,
  pin: () => clocking.openPin(),
  again: () => flow.begin(),
  retry: () => flow.retry(),
  "not-me": () => clocking.notMe(),
};

document.addEventListener("click", (event) => {
  const action = event.target.closest("[data-do]")?.dataset.do;
  if (action) ACTIONS[action]();
});
document.getElementById("full").addEventListener("click", toggleFullScreen);
document.addEventListener("pointerdown", unlock, { once: true });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !["starting", flow.home].includes(screen.state)) flow.begin();
  if (flow.free && /^[0-9]$/.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    clocking.openPin(event.key);
  }
});
window.addEventListener("online", () => {
  if (screen.state === "offline") flow.retry();
});
navigator.mediaDevices?.addEventListener?.("devicechange", () => {
  if (["camera_missing", "camera_busy"].includes(screen.state)) startCamera();
});

/** True when the kiosk may work: its requests are signed, or this device cannot sign any. */
async function bind() {
  try {
    if (!device.fingerprint && able) await navigator.locks.request("presente-key", () => device.enrol((key) => api.register(key)));
    else if (!(await device.load())) return false;
  } catch (error) {
    // Taken by another tab or device in this moment: the page knows more when it is loaded again.
    if (error instanceof Problem && error.code === "device_key_taken") window.location.reload();
    else if (!(error instanceof Offline)) console.error(error);
  }
  return true;
}

runClock(config);
keepAwake();
if (await bind()) {
  await startCamera();
  watch.run();
} else {
  screen.show("keyless");
}
