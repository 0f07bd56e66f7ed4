// What the enrolment page asks the server: small requests by fetch, photos by XMLHttpRequest for their progress.

const token = () => document.querySelector("#enrol [name=csrfmiddlewaretoken]").value;

/** Send `fields` (or a Blob) by POST; resolves to {ok, status, body}, status 0 when the server did not answer. */
export async function post(url, fields = {}) {
  let body = fields;
  if (!(fields instanceof Blob)) {
    body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
  }
  try {
    const headers = { "X-CSRFToken": token() };
    return await read(await fetch(url, { method: "POST", headers, body, credentials: "same-origin" }));
  } catch {
    return { ok: false, status: 0, body: null };
  }
}

/** Ask by GET; resolves as `post` does. */
export async function get(url) {
  try {
    return await read(await fetch(url, { credentials: "same-origin", cache: "no-store" }));
  } catch {
    return { ok: false, status: 0, body: null };
  }
}

async function read(response) {
  const body = await response.json().catch(() => null);
  return { ok: response.ok && body !== null, status: response.status, body };
}

/** Send one photo; `onProgress` hears percents. Resolves as `post` does. */
export function upload(url, file, source, onProgress) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("source", source);
    form.append("file", file, file.name || "webcam.jpg");
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
    request.send(form);
  });
}
