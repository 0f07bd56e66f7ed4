// What the page was told when it was made (``page_config`` in Python), and what each part of it means.
import { readJson } from "../dom.js";

/** @typedef {"in" | "out"} Direction */

/**
 * @typedef {object} Settings What HR chose for this kiosk.
 * @property {"face" | "verify"} mode
 * @property {"touch" | "auto"} start
 * @property {boolean} pin
 * @property {string} badge
 * @property {boolean} sound
 * @property {boolean} voice
 * @property {number} brightness
 * @property {boolean} lamp
 * @property {string} camera
 * @property {boolean} mirrored
 * @property {string} liveness
 */

/** @typedef {"ping" | "key" | "look" | "identify" | "confirm" | "pin" | "badge" | "undo"} Question */
/** @typedef {Question | "test" | "test_look" | "queue" | "worker"} Address */
/** @typedef {"confirm" | "touch" | "face" | "pin"} PersonWait For how many seconds a person is waited for. */
/** @typedef {PersonWait | "result" | "undo" | "unknown" | "retry" | "load" | "language" | "test"} Wait */
/** @typedef {{module: string, runtime: string, model: string}} FinderFiles */
/** @typedef {{module: string, wasm: string}} ReaderFiles */

/**
 * @typedef {object} Config
 * @property {Settings} settings
 * @property {FinderFiles | null} finder Where the page's own face detector lies; null where the server looks instead.
 * @property {ReaderFiles | null} reader Where the reader of badges lies; null where none is read.
 * @property {Record<Address, string>} urls
 * @property {string} language
 * @property {string} zone
 * @property {{key: string}} device The fingerprint of the key that the server knows this device by.
 * @property {{key: {id: string, public: string}, most: number, days: number}} queue
 * @property {number} now The server's time, in milliseconds since 1970.
 * @property {Record<Wait, number>} seconds
 * @property {Record<string, string>} text
 * @property {Record<string, Record<string, string>>} words For each language, what is said to a person who is known.
 * @property {boolean} open
 * @property {string} opens
 * @property {boolean} identify
 * @property {boolean} test Whether HR tests this kiosk now.
 * @property {string} version
 */

/** @returns {Config} */
export function readConfig() {
  return readJson("kiosk-config");
}
