// A training run's page while the run works: asks every two seconds, and loads the page again when it has ended.

import { find, findAll } from "./dom.js";

/**
 * @typedef {object} Progress What the page is told of a run (``progress`` in Python).
 * @property {boolean} open
 * @property {string} label
 * @property {number} percent
 * @property {string} count
 * @property {string} loss
 * @property {string} epochs
 * @property {string} line The points of the curve.
 * @property {{how: "done" | "now" | "next"}[]} steps
 */

const EVERY = 2000;
const run = document.getElementById("run");

/**
 * @param {string} url
 * @returns {Promise<Progress | null>}
 */
async function ask(url) {
  try {
    const response = await fetch(url, { credentials: "same-origin", cache: "no-store" });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} id
 * @param {string} text
 */
function write(id, text) {
  const place = find(`#${id}`, HTMLElement);
  // Spoken by screen readers only when it changes.
  if (place.textContent !== text) place.textContent = text;
}

/** @param {Progress} progress */
function show(progress) {
  write("run-state", progress.label);
  write("run-count", progress.count);
  write("run-loss", progress.loss);
  write("run-epochs", progress.epochs);
  find("#run-progress", HTMLProgressElement).value = progress.percent;
  find("#run-line", SVGPolylineElement).setAttribute("points", progress.line);
  find("#run .run-loss", HTMLElement).hidden = !progress.line;
  findAll("#run .run-steps li", HTMLElement).forEach((item, index) => {
    item.className = `is-${progress.steps[index].how}`;
    item.toggleAttribute("aria-current", progress.steps[index].how === "now");
  });
}

/** @param {string} url */
async function follow(url) {
  const progress = document.hidden ? null : await ask(url);
  if (progress && !progress.open) {
    location.reload();
    return;
  }
  if (progress) show(progress);
  setTimeout(follow, EVERY, url);
}

if (run?.dataset.open === "1" && run.dataset.url) follow(run.dataset.url);
