// The employee's page when the server is away: another page stands in, with the same buttons and nothing of anybody.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = "presente-phone";
const PAGE = "/phone/";
const AWAY = "/phone/away";
const PATIENCE = 8000;

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === PAGE) event.respondWith(page(request));
  } else if (pathname.startsWith("/static/")) {
    event.respondWith(asset(request));
  }
});

// The page lists what the other page consists of.
worker.addEventListener("message", (event) => {
  const urls = event.data?.keep;
  if (Array.isArray(urls)) event.waitUntil(renewAll(urls).then((kept) => event.ports[0]?.postMessage(kept)));
});

/**
 * The page from the server where it answers in time; it is about somebody, and so never kept.
 * @param {Request} request
 */
async function page(request) {
  try {
    const response = await inTime(request);
    if (![502, 503, 504].includes(response.status)) return response;
  } catch {
    // Away: the other page stands in.
  }
  return (await (await caches.open(CACHE)).match(AWAY)) ?? Response.error();
}

/**
 * Anything else, from the server where it answers in time.
 * @param {Request} request
 */
async function asset(request) {
  try {
    const response = await inTime(request);
    if (response.status < 500) return response;
  } catch {
    // As above.
  }
  return (await (await caches.open(CACHE)).match(request.url)) ?? Response.error();
}

/**
 * @param {Request} request
 * @returns {Promise<Response>}
 */
function inTime(request) {
  return new Promise((resolve, reject) => {
    setTimeout(reject, PATIENCE, new Error("too slow"));
    fetch(request).then(resolve, reject);
  });
}

/**
 * Whether every one of them is kept; one that fails keeps no other from it.
 * @param {string[]} urls
 */
async function renewAll(urls) {
  const done = await Promise.allSettled(urls.map(renew));
  return done.every(({ status }) => status === "fulfilled");
}

/** @param {string} url */
async function renew(url) {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok || response.redirected) throw new Error(`${url} cannot be kept: ${response.status}`);
  const key = new URL(url).pathname === AWAY ? AWAY : url;
  await (await caches.open(CACHE)).put(key, response);
}
