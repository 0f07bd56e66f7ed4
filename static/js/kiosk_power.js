// The device itself: keep the screen on, fill it, and notice a camera that came back or froze.

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
  change.catch(() => {});
}
