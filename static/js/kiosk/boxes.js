// Rectangles [x, y, width, height] of faces: did one stay, do two cover each other?

/** @import { Box } from "../camera.js" */

/**
 * True when a face has neither moved nor come nearer between two looks.
 * @param {Box} before
 * @param {Box} now
 */
export function still(before, now) {
  const [x, y] = middle(now);
  const [px, py] = middle(before);
  return Math.hypot(px - x, py - y) < 0.12 * now[2] && Math.abs(before[2] - now[2]) < 0.15 * now[2];
}

/**
 * Intersection over union, 0 to 1.
 * @param {Box} one
 * @param {Box} two
 */
export function overlap(one, two) {
  const wide = Math.min(one[0] + one[2], two[0] + two[2]) - Math.max(one[0], two[0]);
  const high = Math.min(one[1] + one[3], two[1] + two[3]) - Math.max(one[1], two[1]);
  if (wide <= 0 || high <= 0) return 0;
  return (wide * high) / (one[2] * one[3] + two[2] * two[3] - wide * high);
}

/**
 * @param {Box} box
 * @returns {[x: number, y: number]}
 */
export function middle([x, y, wide, high]) {
  return [x + wide / 2, y + high / 2];
}
