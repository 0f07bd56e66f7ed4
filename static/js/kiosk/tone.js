// Short tones, made here: no file to load. A browser may keep silent until the page was touched once.

const NOTES = {
  good: [[660, 0], [880, 0.13]],
  already: [[660, 0]],
  bad: [[220, 0], [185, 0.16]],
  key: [[520, 0]],
};

let audio = null;
let silent = false;

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

/** Play "good", "already", "bad" or "key"; silence where the browser does not allow it. */
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

function autoplay() {
  return navigator.getAutoplayPolicy?.("audiocontext") === "allowed";
}
