// What the door beside the kiosk did, on a band of its own above whatever else is shown.

const STAYS = 6000;
const band = document.getElementById("door-said");
let timer = 0;

/** Show the door's part of an answer, and have it read aloud; an answer without one changes nothing. */
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
