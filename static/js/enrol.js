// The enrolment page: photos by file, by drop or by webcam, sent two at a time; verdicts asked for while any is open.

import { Cards, fill } from "./enrol_cards.js";
import { get, post, upload } from "./enrol_server.js";
import { Webcam } from "./enrol_webcam.js";

const AT_ONCE = 2;
const POLL = 800;
const POLL_WAITING = 3000;

const $ = (selector) => document.querySelector(selector);
const config = JSON.parse($("#enrol-config").textContent);
const { words } = config;
const announce = (text) => { $("#enrol-announce").textContent = text; };
const cards = new Cards({
  list: $("#enrol-cards"), template: $("#enrol-card"), empty: $("#enrol-none"), config, announce,
  on: { again, remove, override },
});

const line = [];
let sending = 0;
let polling = false;

for (const verdict of config.photos) cards.show(verdict);
if (config.photos.some(isOpen)) poll();
if (config.consent) {
  new Webcam({ config, announce, onPhoto: (file) => add([file], "webcam") });
  listen();
}

function listen() {
  const drop = $("#enrol-drop");
  const files = $("#enrol-files");
  $("#enrol-choose").addEventListener("click", () => files.click());
  files.addEventListener("change", (event) => {
    // The theme's own listener expects its file field's markup around this one.
    event.stopImmediatePropagation();
    add([...files.files], "upload");
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
    add([...event.dataTransfer.files], "upload");
  });
  window.addEventListener("beforeunload", (event) => {
    if (sending || line.length) event.preventDefault();
  });
}

function add(files, source) {
  for (const file of files) {
    const card = cards.pending(file, source);
    if (file.size > config.limit) {
      cards.failed(card, { title: fill(words.too_large, { limit: config.limit / 2 ** 20 }) }, { again: false });
    } else line.push(card);
  }
  pump();
}

function pump() {
  while (sending < AT_ONCE && line.length) send(line.shift());
}

async function send(card) {
  sending += 1;
  cards.sending(card, 0);
  const { ok, status, body } = await upload(config.urls.photos, card.file, card.source, (done) => cards.sending(card, done));
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

function again(card) {
  line.push(card);
  pump();
}

async function remove(card) {
  if (!card.verdict) return cards.drop(card);
  const { ok, status, body } = await post(cards.url("delete", card.verdict.id));
  if (!ok && status !== 404) return trouble(body?.detail ?? words.offline);
  cards.drop(card);
  count();
  announce(words.deleted);
}

async function override(card, reason) {
  const { ok, body } = await post(cards.url("override", card.verdict.id), { reason });
  if (!ok) return trouble(body?.detail ?? words.offline);
  trouble("");
  cards.show(body, card);
  poll();
}

async function poll() {
  if (polling) return;
  polling = true;
  for (let open = 1; open; ) {
    const { ok, status, body } = await get(config.urls.progress);
    if (ok) {
      trouble("");
      for (const verdict of body.photos) if (cards.byId.has(verdict.id)) cards.show(verdict);
      count(body.photos);
      open = body.open;
    } else if ([401, 403, 404].includes(status)) {
      trouble(status === 401 ? words.logged_out : body?.detail ?? words.offline);
      break;
    } else trouble(words.offline);
    if (open) await new Promise((resolve) => setTimeout(resolve, body?.photos?.some((one) => one.waiting) ? POLL_WAITING : POLL));
  }
  polling = false;
}

function count(photos = [...cards.byId.values()].map((card) => card.verdict)) {
  const accepted = photos.filter((verdict) => verdict.state === "accepted" && !verdict.from_kiosk).length;
  $("#enrol-count").textContent = fill(words.count, { accepted, good: config.good });
  document.querySelectorAll(".enrol-meter span").forEach((step, index) => step.classList.toggle("is-full", index < accepted));
}

function trouble(text) {
  const place = $("#enrol-problem");
  if (place.textContent !== text) place.textContent = text;
  place.hidden = !text;
}

function isOpen(verdict) {
  return ["queued", "processing"].includes(verdict.state);
}
