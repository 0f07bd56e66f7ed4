// What the door beside the kiosk did, on a band of its own above whatever else is shown.
import { find } from "../dom.js";

/** @import { DoorAnswer } from "./api.js" */
/** @import { Screen } from "./screen.js" */

const STAYS = 6000;
const band = find("#door-said", HTMLElement);
let timer = 0;

/**
 * Show the door's part of an answer, and have it read aloud; an answer without one changes nothing.
 * @param {DoorAnswer | undefined} door
 * @param {Screen} screen
 */
export function showDoor(door, screen) {
  if (!door) return;
  band.textContent = door.text;
  band.dataset.opened = String(door.opened);
  band.hidden = false;
  screen.speak(door.text);
  clearTimeout(timer);
  timer = setTimeout(() => {
    band.hidden = true;
  }, STAYS);
}
