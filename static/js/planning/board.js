// The plan's board, moved by mouse, finger and keyboard. Without this script each day has a page of its own.
import { Board } from "./cells.js";
import { letDrag } from "./drag.js";
import { letKeys } from "./keys.js";
import { Menu } from "./menu.js";

const table = document.querySelector("[data-plan]");
if (table instanceof HTMLTableElement) {
  const board = new Board(table);
  letDrag(board);
  letKeys(board, new Menu(board));
}
