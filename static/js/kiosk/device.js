// The device's own key: made in this browser, never readable by any script, known to the server by its public half.
import * as store from "./store.js";

/** @import { KeptKey } from "./store.js" */

/** @type {EcKeyGenParams} */
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

/** Whether this browser can make and keep a key: over HTTPS or on localhost alone. */
export const able = Boolean(globalThis.crypto?.subtle && globalThis.indexedDB);

/** Make a key and keep it; {fingerprint, publicKey} with the public half in base64. */
export async function makeKey() {
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const spki = await crypto.subtle.exportKey("spki", pair.publicKey);
  const fingerprint = hex(await crypto.subtle.digest("SHA-256", spki));
  await store.write(["keys"], ({ keys }) => keys.put({ fingerprint, private: pair.privateKey }));
  // Ask the browser not to clear this site when the disk is full; it may refuse.
  await navigator.storage?.persist?.().catch(() => false);
  return { fingerprint, publicKey: base64(spki) };
}

export class Device {
  /** @type {CryptoKey | null} */
  #key = null;

  /** @param {string} fingerprint */
  constructor(fingerprint) {
    this.fingerprint = fingerprint;
  }

  /** Whether requests can be signed. */
  get bound() {
    return this.#key !== null;
  }

  /** Find the key that the server knows; false when this browser has lost it. */
  async load() {
    if (!this.fingerprint) return true;
    if (!able) return false;
    /** @type {KeptKey | undefined} */
    const kept = await store.read("keys", this.fingerprint);
    this.#key = kept?.private ?? null;
    return this.bound;
  }

  /**
   * Make a key for a device that was paired without one, and register it.
   * @param {(publicKey: string) => Promise<unknown>} register
   */
  async enrol(register) {
    const { fingerprint, publicKey } = await makeKey();
    await register(publicKey);
    this.fingerprint = fingerprint;
    await this.load();
  }

  /**
   * The headers of a request whose body has these bytes.
   * @param {string} method
   * @param {string} url
   * @param {ArrayBuffer} bytes
   * @param {string} nonce
   */
  async headers(method, url, bytes, nonce) {
    const path = new URL(url, location.href).pathname;
    const digest = hex(await crypto.subtle.digest("SHA-256", bytes));
    const text = ["presente-kiosk-1", method, path, digest, nonce].join("\n");
    return { "Presente-Nonce": nonce, "Presente-Signature": await this.sign(new TextEncoder().encode(text)) };
  }

  /**
   * base64url of the signature r‖s.
   * @param {BufferSource} bytes
   */
  async sign(bytes) {
    if (!this.#key) throw new Error("This device has no key to sign with.");
    const signature = await crypto.subtle.sign(SIGNING, this.#key, bytes);
    return base64(signature).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }
}

/** @param {ArrayBuffer} buffer */
export function hex(buffer) {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {ArrayBuffer} buffer */
export function base64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}

/** @param {string} text */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
