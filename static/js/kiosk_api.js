// The kiosk's questions to the server.

/** The network or the server does not answer. */
export class Offline extends Error {}

/** This device is no longer paired. */
export class Unpaired extends Error {}

/** The server refused with a problem: `code`, `message`, `status`. */
export class Problem extends Error {
  constructor(status, body, wait = 0) {
    super(body.detail || "");
    this.status = status;
    this.code = body.code || "";
    this.wait = wait; // Seconds after which to ask again, where the server said so.
  }
}

const LIMIT = 15000;

export class Api {
  constructor({ urls }) {
    this.urls = urls;
    this.csrf = document.querySelector('meta[name="csrf-token"]').content;
  }

  ping() {
    return this.#ask(this.urls.ping, { method: "GET" });
  }

  look(blob) {
    return this.#ask(this.urls.look, { body: blob, headers: { "Content-Type": "image/jpeg" } });
  }

  /** A burst {frames: [{blob, at}], extra}: the frames in order; each name of `extra` becomes a field of the form. */
  identify({ frames, extra = {} }) {
    const body = new FormData();
    frames.forEach(({ blob }, index) => body.append("frames", blob, `${index}.jpg`));
    for (const [name, value] of Object.entries(extra)) body.append(name, value);
    return this.#ask(this.urls.identify, { body });
  }

  pin(number, pin) {
    return this.#json(this.urls.pin, { number, pin });
  }

  confirm(proposal, direction) {
    return this.#json(this.urls.confirm, { proposal, direction });
  }

  #json(url, content) {
    return this.#ask(url, { body: JSON.stringify(content), headers: { "Content-Type": "application/json" } });
  }

  async #ask(url, { method = "POST", body, headers = {} }) {
    let response;
    try {
      response = await fetch(url, {
        method,
        body,
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.timeout(LIMIT),
        headers: { "X-CSRFToken": this.csrf, Accept: "application/json", ...headers },
      });
    } catch (error) {
      throw new Offline(error.message);
    }
    if (response.status === 401) throw new Unpaired();
    if ([502, 504].includes(response.status)) throw new Offline(`status ${response.status}`);
    let content;
    try {
      content = await response.json();
    } catch {
      content = { code: response.status === 403 ? "csrf" : "fault" };
    }
    if (!response.ok) {
      throw new Problem(response.status, content, Number(response.headers.get("Retry-After")) || 0);
    }
    return content;
  }
}
