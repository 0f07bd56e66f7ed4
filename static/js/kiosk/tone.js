// Short tones, made here: no file to load. A browser may keep silent until the page was touched once.

/** @typedef {"good" | "already" | "bad" | "key"} Tone */

/**
 * Pitch in hertz, and after how many seconds.
 * @type {Record<Tone, [pitch: number, after: number][]>}
 */
const NOTES = {
  good: [[660, 0], [880, 0.13]],
  already: [[660, 0]],
  bad: [[220, 0], [185, 0.16]],
  key: [[520, 0]],
};

/** @type {AudioContext | null} */
let audio = null;
let silent = false;

/** @param {boolean} yes */
export function useSound(yes) {
  silent = !yes;
}

/** Let later tones sound; call it from a touch or a key. */
export function unlock() {
  try {
    audio ??= new AudioContext();
    if (audio.state === "suspended") audio.resume().catch(() => {});
  } catch {
    audio = null;
  }
}

/**
 * Play a tone; silence where the browser does not allow it.
 * @param {Tone} name
 */
export function play(name) {
  if (silent) return;
  if (!audio && navigator.userActivation && !navigator.userActivation.hasBeenActive && !autoplay()) return;
  unlock();
  if (!audio || audio.state === "closed") return;
  const length = name === "key" ? 0.05 : 0.18;
  for (const [pitch, after] of NOTES[name]) {
    const start = audio.currentTime + after;
    const voice = audio.createOscillator();
    const level = audio.createGain();
    voice.frequency.value = pitch;
    level.gain.setValueAtTime(0, start);
    level.gain.linearRampToValueAtTime(name === "key" ? 0.04 : 0.16, start + 0.015);
    level.gain.exponentialRampToValueAtTime(0.0001, start + length);
    voice.connect(level).connect(audio.destination);
    voice.start(start);
    voice.stop(start + length);
  }
}

/** Whether this browser lets pages sound that nobody has touched; only some can tell. */
function autoplay() {
  const ask = "getAutoplayPolicy" in navigator ? navigator.getAutoplayPolicy : null;
  return typeof ask === "function" && ask.call(navigator, "audiocontext") === "allowed";
}
