// BlazeFace short range: from the network's raw figures to faces, and from a face to what the person should do.
// Pure functions. Boxes [x, y, width, height] and points are parts of the square picture's side until `place` moves
// them into the video. Model: Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs",
// 2019.
import { overlap } from "./boxes.js";

/** @import { Box } from "../camera.js" */
/** @typedef {[x: number, y: number]} Point */
/** @typedef {{score: number, box: Box, points: Point[]}} Face Points: right eye, left eye, nose, mouth, ears. */

export const SIDE = 128;
const SURE = 0.6;
const SAME = 0.3; // Boxes that cover each other by more are one face.
const RAW = 16; // Figures per anchor: box centre and size, then six points (x, y).

/**
 * Centres of the 896 anchors: two per cell of 16 by 16, six per cell of 8 by 8.
 * @type {Point[]}
 */
const ANCHORS = [[16, 2], [8, 6]].flatMap(([cells, each]) =>
  Array.from({ length: cells * cells * each }, (_, index) => {
    const cell = Math.floor(index / each);
    return [((cell % cells) + 0.5) / cells, (Math.floor(cell / cells) + 0.5) / cells];
  }));

/**
 * Faces of one run, the surest first.
 * @param {Float32Array} raw
 * @param {Float32Array} scores
 */
export function decode(raw, scores) {
  /** @type {Face[]} */
  const found = [];
  ANCHORS.forEach(([cx, cy], index) => {
    const score = 1 / (1 + Math.exp(-Math.max(-100, Math.min(100, scores[index]))));
    if (score < SURE) return;
    const at = index * RAW;
    const [x, y, wide, high] = raw.subarray(at, at + 4);
    /** @type {Point[]} */
    const points = [];
    for (let point = 4; point < RAW; point += 2) {
      points.push([raw[at + point] / SIDE + cx, raw[at + point + 1] / SIDE + cy]);
    }
    /** @type {Box} */
    const box = [(x - wide / 2) / SIDE + cx, (y - high / 2) / SIDE + cy, wide / SIDE, high / SIDE];
    found.push({ score, box, points });
  });
  found.sort((one, two) => two.score - one.score);
  /** @type {Face[]} */
  const kept = [];
  for (const face of found) {
    if (kept.every((other) => overlap(face.box, other.box) < SAME)) kept.push(face);
  }
  return kept;
}

/**
 * A face of the letterboxed square moved into pixels: a cut of width by height that begins at (fromX, fromY).
 * @param {Face} face
 * @param {number} width
 * @param {number} height
 * @param {number} fromX
 * @param {number} fromY
 * @returns {Face}
 */
export function place(face, width, height, fromX, fromY) {
  const side = Math.max(width, height);
  const left = (side - width) / 2 - fromX;
  const top = (side - height) / 2 - fromY;
  const [x, y, wide, high] = face.box;
  return {
    score: face.score,
    box: [x * side - left, y * side - top, wide * side, high * side],
    points: face.points.map(([px, py]) => [px * side - left, py * side - top]),
  };
}

/**
 * Which way the head looks, from the six points; all are 0 for a face that looks into the camera.
 * `turn`: the nose's way between the ears, −1 to 1, positive to the picture's right; `nod`: the nose's height between
 * eyes and mouth less its usual 0.5, positive downwards; `tilt` in degrees, positive clockwise.
 * @param {Point[]} points
 */
export function pose([right, left, nose, mouth, earRight, earLeft]) {
  const eyes = [(right[0] + left[0]) / 2, (right[1] + left[1]) / 2];
  const tilt = Math.atan2(left[1] - right[1], left[0] - right[0]);
  /** @param {Point} point */
  const along = ([x, y]) => (x - eyes[0]) * Math.cos(tilt) + (y - eyes[1]) * Math.sin(tilt);
  /** @param {Point} point */
  const down = ([x, y]) => -(x - eyes[0]) * Math.sin(tilt) + (y - eyes[1]) * Math.cos(tilt);
  const half = Math.max(1e-6, (along(earLeft) - along(earRight)) / 2);
  const middle = (along(earLeft) + along(earRight)) / 2;
  return {
    turn: (along(nose) - middle) / half,
    nod: down(nose) / Math.max(1e-6, down(mouth)) - 0.5,
    tilt: (tilt * 180) / Math.PI,
  };
}
