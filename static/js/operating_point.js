// The handle of the trade-off: a slider, or a finger on the curve, moves it; the words come ready from the server.
import { find, findAll } from "./dom.js";

/**
 * @typedef {object} Step What is said at one place of the handle (``_step`` in recognition/operating_page.py).
 * @property {string} share
 * @property {string} strangers
 * @property {string} honest
 * @property {string} confidence
 * @property {string} live
 * @property {number} x
 * @property {number} y
 * @property {number} x_low
 * @property {number} x_high
 * @property {number} y_low
 * @property {number} y_high
 */

/** @type {("share" | "strangers" | "honest" | "confidence" | "live")[]} */
const WORDS = ["share", "strangers", "honest", "confidence", "live"];

/** @param {HTMLElement} section */
function panel(section) {
  const slider = find('input[type="range"]', HTMLInputElement, section);
  const chart = find("svg", SVGSVGElement, section);
  /** @type {Step[]} */
  const steps = JSON.parse(find('script[type="application/json"]', HTMLScriptElement, section).text);
  /**
   * @param {string} selector
   * @param {Record<string, number>} values
   */
  const place = (selector, values) => {
    const shape = find(selector, SVGElement, section);
    for (const [name, value] of Object.entries(values)) shape.setAttribute(name, String(value));
  };

  function show() {
    const step = steps[slider.valueAsNumber];
    for (const name of WORDS) find(`[data-${name}]`, HTMLElement, section).textContent = step[name];
    slider.setAttribute("aria-valuetext", step.share);
    place("[data-handle]", { cx: step.x, cy: step.y });
    place("[data-across]", { x1: step.x_low, x2: step.x_high, y1: step.y, y2: step.y });
    place("[data-up]", { x1: step.x, x2: step.x, y1: step.y_low, y2: step.y_high });
  }

  /** @param {PointerEvent} event */
  function follow(event) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.getScreenCTM()?.inverse());
    const distances = steps.map((step) => Math.abs(step.x - at.x));
    slider.valueAsNumber = distances.indexOf(Math.min(...distances));
    show();
  }

  slider.addEventListener("input", show);
  chart.addEventListener("pointerdown", (event) => {
    chart.setPointerCapture(event.pointerId);
    follow(event);
    slider.focus({ preventScroll: true });
  });
  chart.addEventListener("pointermove", (event) => {
    if (chart.hasPointerCapture(event.pointerId)) follow(event);
  });
  show();
}

findAll("[data-operating]", HTMLElement).forEach(panel);
