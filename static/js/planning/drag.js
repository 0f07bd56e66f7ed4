// A shift dragged to another day or person, by mouse, pen or finger. A finger holds it first: a quick one scrolls.

/** @typedef {import("./cells.js").Board} Board */

const FAR = 6;
const HOLD = 300;

/**
 * @typedef {object} Held What is being dragged.
 * @property {HTMLElement} chip
 * @property {HTMLTableCellElement} from
 * @property {number} x
 * @property {number} y
 * @property {boolean} moving Whether it follows the pointer already.
 * @property {number} timer
 * @property {HTMLElement | null} ghost
 * @property {HTMLTableCellElement | null} over
 */

/**
 * Let shifts be dragged.
 * @param {Board} board
 */
export function letDrag(board) {
  /** @type {Held | null} */
  let held = null;
  let justDropped = false;

  const begin = () => {
    if (!held) return;
    held.moving = true;
    held.ghost = document.createElement("div");
    held.ghost.className = "plan-ghost";
    held.ghost.textContent = held.chip.textContent?.trim() ?? "";
    document.body.append(held.ghost);
    held.from.classList.add("slot--from");
    document.getSelection()?.removeAllRanges();
  };

  const end = () => {
    if (!held) return;
    window.clearTimeout(held.timer);
    held.ghost?.remove();
    held.from.classList.remove("slot--from");
    held.over?.classList.remove("slot--over");
    held = null;
  };

  /**
   * @param {number} x
   * @param {number} y
   */
  const follow = (x, y) => {
    if (!held?.ghost) return;
    held.ghost.style.transform = `translate(${x + 12}px, ${y + 12}px)`;
    const cell = board.cellOf(document.elementFromPoint(x, y));
    const over = cell && cell !== held.from && board.linkOf(cell) ? cell : null;
    if (over === held.over) return;
    held.over?.classList.remove("slot--over");
    over?.classList.add("slot--over");
    held.over = over;
  };

  board.table.addEventListener("pointerdown", (event) => {
    const chip = event.target instanceof Element ? event.target.closest("a [data-shift]") : null;
    const from = board.cellOf(chip);
    if (!(chip instanceof HTMLElement) || !from || event.button !== 0 || !event.isPrimary) return;
    end();
    const timer = event.pointerType === "touch" ? window.setTimeout(begin, HOLD) : 0;
    held = { chip, from, x: event.clientX, y: event.clientY, moving: false, timer, ghost: null, over: null };
  });

  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > FAR;
    if (!held.moving && far) {
      if (event.pointerType === "touch") return end();
      begin();
    }
    if (held.moving) follow(event.clientX, event.clientY);
  });

  document.addEventListener("pointerup", async (event) => {
    if (!held) return;
    const { chip, from, over, moving } = held;
    end();
    if (!moving) return;
    justDropped = true;
    window.setTimeout(() => (justDropped = false));
    if (!over) return;
    const target = board.placeOf(over);
    const refused = await board.change(board.placeOf(from), event.ctrlKey || event.metaKey ? "copy" : "move", [
      ["shift", chip.dataset.shift ?? ""],
      ["to_person", target.person],
      ["to_day", target.day],
    ]);
    if (refused) board.say(refused);
    else board.linkOf(board.cellAt(target))?.focus({ preventScroll: true });
  });

  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
  });
  // A held shift is moved; the page below it must not scroll meanwhile.
  board.table.addEventListener(
    "touchmove",
    (event) => {
      if (held?.moving) event.preventDefault();
    },
    { passive: false },
  );
  board.table.addEventListener("contextmenu", (event) => {
    if (held?.moving) event.preventDefault();
  });
  board.table.addEventListener("dragstart", (event) => event.preventDefault());
  board.table.addEventListener(
    "click",
    (event) => {
      if (!justDropped) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
}
