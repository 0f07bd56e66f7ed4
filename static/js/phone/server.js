// What the page asks the server, and what came of it.
import { find } from "../dom.js";

const LIMIT = 15000;

/** There was no answer of ours: no connection, or a proxy's error. */
export class Away extends Error {}

/** The server refused it; the message is for the person. */
export class Refused extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   */
  constructor(code, detail) {
    super(detail);
    this.code = code;
  }
}

/**
 * The server's answer to JSON or to a form. Throws Away and Refused.
 * @param {string} url
 * @param {object | FormData} content
 * @param {number} [limit] In milliseconds.
 * @returns {Promise<any>}
 */
export async function post(url, content, limit = LIMIT) {
  const form = content instanceof FormData;
  /** @type {Record<string, string>} */
  const headers = { "X-CSRFToken": find("[name=csrfmiddlewaretoken]", HTMLInputElement).value };
  if (!form) headers["Content-Type"] = "application/json";
  let response;
  let answer;
  try {
    const body = form ? content : JSON.stringify(content);
    response = await fetch(url, {
      method: "POST", headers, body, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(limit),
    });
    if ([502, 504].includes(response.status)) throw new Away();
    answer = await response.json();
  } catch (error) {
    throw new Away(String(error));
  }
  if (response.ok) return answer;
  throw new Refused(answer.code ?? "", answer.detail ?? "");
}
