// What the enrolment page asks the server: small requests by fetch, photos by XMLHttpRequest for their progress.
import { find } from "./dom.js";

/**
 * @typedef {object} Reply What the server said; status 0 and no body where it did not answer.
 * @property {boolean} ok
 * @property {number} status
 * @property {any} body The JSON of the answer.
 */

const token = () => find("#enrol [name=csrfmiddlewaretoken]", HTMLInputElement).value;

/**
 * Send `fields` (or a Blob) by POST.
 * @param {string} url
 * @param {Record<string, string> | Blob} [fields]
 * @returns {Promise<Reply>}
 */
export async function post(url, fields = {}) {
  try {
    const headers = { "X-CSRFToken": token() };
    const body = fields instanceof Blob ? fields : form(fields);
    return await read(await fetch(url, { method: "POST", headers, body, credentials: "same-origin" }));
  } catch {
    return { ok: false, status: 0, body: null };
  }
}

/**
 * Send several files in one request; resolves as `post` does.
 * @param {string} url
 * @param {Blob[]} files
 * @returns {Promise<Reply>}
 */
export async function postFiles(url, files) {
  const body = new FormData();
  files.forEach((file, index) => body.append("file", file, `${index}.jpg`));
  try {
    const headers = { "X-CSRFToken": token() };
    return await read(await fetch(url, { method: "POST", headers, body, credentials: "same-origin" }));
  } catch {
    return { ok: false, status: 0, body: null };
  }
}

/** @param {Record<string, string>} fields */
function form(fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return body;
}

/**
 * Ask by GET; resolves as `post` does.
 * @param {string} url
 * @returns {Promise<Reply>}
 */
export async function get(url) {
  try {
    return await read(await fetch(url, { credentials: "same-origin", cache: "no-store" }));
  } catch {
    return { ok: false, status: 0, body: null };
  }
}

/**
 * @param {Response} response
 * @returns {Promise<Reply>}
 */
async function read(response) {
  const body = await response.json().catch(() => null);
  return { ok: response.ok && body !== null, status: response.status, body };
}

/**
 * Send one photo; `onProgress` hears percents. Resolves as `post` does.
 * @param {string} url
 * @param {File} file
 * @param {string} source
 * @param {(percent: number) => void} onProgress
 * @returns {Promise<Reply>}
 */
export function upload(url, file, source, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("source", source);
    body.append("file", file, file.name || "webcam.jpg");
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", token());
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(Math.round((100 * event.loaded) / event.total));
    });
    const end = () => resolve({ ok: request.status === 201, status: request.status, body: request.response });
    request.addEventListener("load", end);
    request.addEventListener("error", end);
    request.addEventListener("timeout", end);
    request.send(body);
  });
}
