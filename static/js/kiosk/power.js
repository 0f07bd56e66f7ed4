// The device itself: keep the screen on, fill it, and begin again after an error that nobody foresaw.

/** Ask for a screen that stays on, again each time the page is shown. */
export function keepAwake() {
  const ask = async () => {
    try {
      if (!document.hidden) await navigator.wakeLock?.request("screen");
    } catch {
      // Not allowed here, for instance on a low battery: the device's own setting holds.
    }
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}

export function toggleFullScreen() {
  const change = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  change.catch(() => {}); // Not allowed here: the page stays as it is.
}

const RESTART = 10000;

/** After an error that nobody caught: load the page again, but not over and over. */
export function restartAfterErrors() {
  let planned = false;
  const plan = () => {
    if (planned) return;
    planned = true;
    const last = Number(sessionStorage.getItem("presente-restarted") || 0);
    const wait = Date.now() - last < 60000 ? 6 * RESTART : RESTART;
    setTimeout(() => {
      sessionStorage.setItem("presente-restarted", String(Date.now()));
      window.location.reload();
    }, wait);
  };
  window.addEventListener("error", plan);
  window.addEventListener("unhandledrejection", plan);
}
