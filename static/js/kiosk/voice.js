// What the screen says, spoken, where HR switched it on and the device can.

let on = false;

/** @param {boolean} yes */
export function useVoice(yes) {
  on = yes && "speechSynthesis" in window;
}

/**
 * Say it now; what was being said is cut short.
 * @param {string} sentence
 * @param {string} language
 */
export function say(sentence, language) {
  if (!on || !sentence) return;
  speechSynthesis.cancel();
  const spoken = new SpeechSynthesisUtterance(sentence);
  spoken.lang = language;
  speechSynthesis.speak(spoken);
}
