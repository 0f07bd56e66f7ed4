// What the page was told when it was made (`page_config` in Python).
import { readJson } from "../dom.js";

/** @typedef {{allowed: boolean, place: boolean, selfie: boolean, accuracy: number}} Rule What HR allows this person. */
/** @typedef {{id: string, name: string, keys: string[]}} Person Who is logged in, and the phones known of them. */

/**
 * @typedef {object} Config
 * @property {Person | null} person Nobody on the page without a connection.
 * @property {Rule | null} rule
 * @property {Record<"clock" | "key" | "queue" | "selfie" | "worker" | "away" | "page", string>} urls
 * @property {{key: {id: string, public: string}, most: number, days: number}} queue
 * @property {number} now The server's time, in milliseconds since 1970.
 * @property {number} seconds For how long a better place is waited for.
 * @property {Record<string, string>} text
 */

/** @returns {Config} */
export function readConfig() {
  return readJson("phone-config");
}
