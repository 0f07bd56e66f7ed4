// The board by keyboard: one stop for the Tab key, arrows from day to day, and keys for what the menu does.

/** @typedef {import("./cells.js").Board} Board */
/** @typedef {import("./menu.js").Menu} Menu */

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/**
 * Let the board be used by keyboard.
 * @param {Board} board
 * @param {Menu} menu
 */
export function letKeys(board, menu) {
  /** @type {import("./cells.js").Place | null} */
  let here = null;

  const settle = () => {
    const links = board.table.querySelectorAll("td > a");
    const current = (here && board.linkOf(board.cellAt(here))) ?? links[0];
    for (const link of links) link.setAttribute("tabindex", link === current ? "0" : "-1");
  };

  /**
   * The next day that may be changed, in a direction.
   * @param {HTMLTableCellElement} cell
   * @param {[number, number]} step
   */
  const next = (cell, [down, right]) => {
    const lines = [...(board.table.tBodies[0]?.rows ?? [])];
    let line = lines.findIndex((one) => one === cell.parentElement) + down;
    let column = cell.cellIndex + right;
    while (lines[line]?.cells[column]) {
      const found = lines[line]?.cells[column];
      const link = found instanceof HTMLTableCellElement ? board.linkOf(found) : null;
      if (link) return link;
      line += down;
      column += right;
    }
    return null;
  };

  board.table.addEventListener("focusin", (event) => {
    const cell = board.cellOf(event.target);
    if (!cell) return;
    here = board.placeOf(cell);
    settle();
  });

  board.table.addEventListener("click", (event) => {
    const cell = board.cellOf(event.target);
    if (!cell || !board.linkOf(cell) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    menu.open(cell);
  });

  board.table.addEventListener("keydown", async (event) => {
    const cell = board.cellOf(event.target);
    if (!cell || event.altKey) return;
    const held = event.ctrlKey || event.metaKey;
    const step = STEPS[event.key];
    if (step && !held) {
      event.preventDefault();
      next(cell, step)?.focus();
    } else if (held && event.key === "c") {
      event.preventDefault();
      menu.take(cell);
    } else if (held && event.key === "v") {
      event.preventDefault();
      const refused = await menu.paste(cell);
      if (refused) board.say(refused);
    } else if (event.key === "Delete" && !held) {
      event.preventDefault();
      const refused = await board.change(board.placeOf(cell), "assigned");
      if (refused) board.say(refused);
    }
  });

  document.addEventListener("keydown", (event) => {
    const writing = event.target instanceof Element && event.target.closest("input, select, textarea, dialog");
    if (writing || board.undo.hidden || !(event.ctrlKey || event.metaKey) || event.key !== "z") return;
    event.preventDefault();
    board.undo.requestSubmit();
  });

  board.replaced = settle;
  settle();
}
