// Encrypt to the server, so that what lies in this device tells nothing to whoever takes it; see sealing.py.
import { fromBase64 } from "./device.js";

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const words = new TextEncoder();

/**
 * The sealed bytes of `content` and `blobs` for the server's public point (base64); `bound` ties them to their place.
 * @param {string} publicKey
 * @param {object} content
 * @param {Blob[]} blobs
 * @param {string} bound
 */
export async function seal(publicKey, content, blobs, bound) {
  const server = await crypto.subtle.importKey("raw", fromBase64(publicKey), CURVE, false, []);
  const own = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
  const point = await crypto.subtle.exportKey("raw", own.publicKey);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: server }, own.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: words.encode("presente-queue-1") },
    secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"],
  );
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = await pack(content, blobs);
  const text = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: words.encode(bound) }, key, plain);
  return join([point, iv, text]);
}

/**
 * @param {object} content
 * @param {Blob[]} blobs
 */
async function pack(content, blobs) {
  const frames = await Promise.all(blobs.map((blob) => blob.arrayBuffer()));
  const text = words.encode(JSON.stringify({ ...content, frames: frames.map((frame) => frame.byteLength) }));
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, text.length);
  return join([size, text, ...frames]);
}

/** @param {(ArrayBuffer | Uint8Array<ArrayBuffer>)[]} parts */
function join(parts) {
  const arrays = parts.map((part) => new Uint8Array(part));
  const whole = new Uint8Array(arrays.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of arrays) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}
