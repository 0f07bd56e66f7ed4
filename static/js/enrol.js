// The enrolment page: photos by file, by drop or by webcam, sent two at a time; verdicts asked for while any is open.
import { fill, find, findAll, pause, readJson } from "./dom.js";
import { Cards } from "./enrol_cards.js";
import { get, post, postFiles, upload } from "./enrol_server.js";
import { Webcam } from "./enrol_webcam.js";

/** @import { Card, EnrolConfig, Verdict } from "./enrol_cards.js" */

const AT_ONCE = 2;
const POLL = 800;
const POLL_WAITING = 3000;

/** @type {EnrolConfig} */
const config = readJson("enrol-config");
const { words } = config;
/** @param {string} text */
const announce = (text) => {
  find("#enrol-announce", HTMLElement).textContent = text;
};
const cards = new Cards({ config, announce, on: { again, remove, override } });

/** @type {Card[]} */
const line = [];
let sending = 0;
let polling = false;

for (const verdict of config.photos) cards.show(verdict);
if (config.photos.some(isOpen)) poll();
if (config.consent) {
  new Webcam({ config, announce, onPhoto: (file) => add([file], "webcam"), onClip: addClip });
  listen();
}

function listen() {
  const drop = find("#enrol-drop", HTMLElement);
  const files = find("#enrol-files", HTMLInputElement);
  find("#enrol-choose", HTMLElement).addEventListener("click", () => files.click());
  files.addEventListener("change", (event) => {
    // The theme's own listener expects its file field's markup around this one.
    event.stopImmediatePropagation();
    add([...(files.files ?? [])], "upload");
    files.value = "";
  });
  // Anywhere on the page: a photo dropped beside the field must not replace the page.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("is-over");
    add([...(event.dataTransfer?.files ?? [])], "upload");
  });
  window.addEventListener("beforeunload", (event) => {
    if (sending || line.length) event.preventDefault();
  });
}

/**
 * @param {File[]} files
 * @param {"upload" | "webcam"} source
 */
function add(files, source) {
  for (const file of files) {
    const card = cards.pending(file, source);
    if (file.size > config.limit) {
      cards.failed(card, { title: fill(words.too_large, { limit: config.limit / 2 ** 20 }) }, { again: false });
    } else line.push(card);
  }
  pump();
}

/**
 * Hand the frames of a clip to the server, which picks the photos. Resolves to what the person is told.
 * @param {Blob[]} frames
 */
async function addClip(frames) {
  const { ok, body } = await postFiles(config.urls.clip, frames);
  if (!ok) return body?.errors?.[0]?.remedy || body?.detail || words.offline;
  for (const verdict of body.photos) cards.show(verdict);
  poll();
  return fill(words.recorded, { count: body.photos.length });
}

function pump() {
  while (sending < AT_ONCE) {
    const card = line.shift();
    if (!card) return;
    if (card.file) send(card, card.file);
  }
}

/**
 * @param {Card} card
 * @param {File} file
 */
async function send(card, file) {
  sending += 1;
  cards.sending(card, 0);
  const { ok, status, body } = await upload(config.urls.photos, file, card.source, (done) => cards.sending(card, done));
  sending -= 1;
  if (ok) {
    cards.show(body, card);
    poll();
  } else if (status === 401) {
    cards.failed(card, { title: words.logged_out }, { again: true });
    trouble(words.logged_out);
  } else if (body?.detail) {
    const { message = body.detail, remedy = "" } = body.errors?.[0] ?? {};
    cards.failed(card, { title: message, remedy }, { again: status >= 500 });
  } else cards.failed(card, { title: words.offline }, { again: true });
  pump();
}

/** @param {Card} card */
function again(card) {
  line.push(card);
  pump();
}

/** @param {Card} card */
async function remove(card) {
  if (!card.verdict) {
    cards.drop(card);
    return;
  }
  const { ok, status, body } = await post(cards.url("delete", card.verdict.id));
  if (!ok && status !== 404) {
    trouble(body?.detail ?? words.offline);
    return;
  }
  cards.drop(card);
  count([...cards.byId.values()].flatMap(({ verdict }) => verdict ?? []));
  announce(words.deleted);
}

/**
 * @param {Card} card
 * @param {string} reason
 */
async function override(card, reason) {
  if (!card.verdict) return;
  const { ok, body } = await post(cards.url("override", card.verdict.id), { reason });
  if (!ok) {
    trouble(body?.detail ?? words.offline);
    return;
  }
  trouble("");
  cards.show(body, card);
  poll();
}

async function poll() {
  if (polling) return;
  polling = true;
  for (let open = 1; open; ) {
    const { ok, status, body } = await get(config.urls.progress);
    /** @type {Verdict[]} */
    const photos = body?.photos ?? [];
    if (ok) {
      trouble("");
      for (const verdict of photos) if (cards.byId.has(verdict.id)) cards.show(verdict);
      count(photos);
      open = body.open;
    } else if ([401, 403, 404].includes(status)) {
      trouble(status === 401 ? words.logged_out : body?.detail ?? words.offline);
      break;
    } else trouble(words.offline);
    if (open) await pause(photos.some((photo) => photo.waiting) ? POLL_WAITING : POLL);
  }
  polling = false;
}

/** @param {Verdict[]} photos */
function count(photos) {
  const accepted = photos.filter((verdict) => verdict.state === "accepted" && !verdict.from_kiosk).length;
  const said = accepted > config.good ? words.count_more : words.count;
  find("#enrol-count", HTMLElement).textContent = fill(said, { accepted, good: config.good });
  findAll(".enrol-meter span", HTMLElement).forEach((step, index) => {
    step.classList.toggle("is-full", index < accepted);
  });
}

/** @param {string} text */
function trouble(text) {
  const place = find("#enrol-problem", HTMLElement);
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}

/** @param {Verdict} verdict */
function isOpen(verdict) {
  return ["queued", "processing"].includes(verdict.state);
}
