// The kiosk's page when the server is away: what came last is shown again. What people do is kept by the page itself.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const CACHE = "presente-kiosk";
const PAGE = "/kiosk/";
const NEVER = ["/kiosk/ping", "/kiosk/sw.js"];
const PATIENCE = 4000;

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin || NEVER.includes(pathname)) return;
  if (request.mode === "navigate") {
    if (pathname === PAGE) event.respondWith(page(request));
  } else {
    event.respondWith(asset(request));
  }
});

// The page lists what it consists of, for what was loaded before this worker stood in between.
worker.addEventListener("message", (event) => {
  const urls = event.data?.keep;
  if (Array.isArray(urls)) event.waitUntil(renewAll(urls).then((kept) => event.ports[0]?.postMessage(kept)));
});

/**
 * The page, from the server where it answers in time.
 * @param {Request} request
 */
async function page(request) {
  try {
    const response = await inTime(request);
    if (![502, 503, 504].includes(response.status)) {
      if (response.ok && !response.redirected) await put(PAGE, response);
      return response;
    }
  } catch {
    // Away: the kept page stands in below.
  }
  const kept = await (await caches.open(CACHE)).match(PAGE);
  if (!kept) return Response.error();
  // The page has to know that what it says of the time is old.
  const text = (await kept.text()).replace("<html ", "<html data-kept ");
  return new Response(text, { headers: kept.headers });
}

/**
 * What the page consists of, from the server where it answers in time.
 * @param {Request} request
 */
async function asset(request) {
  try {
    const response = await inTime(request);
    if (response.ok) await put(request.url, response);
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
  await (await caches.open(CACHE)).put(url === worker.location.origin + PAGE ? PAGE : url, response);
}

/**
 * @param {string} key
 * @param {Response} response
 */
async function put(key, response) {
  // A full disk only means that the kiosk does not start without the server.
  await (await caches.open(CACHE)).put(key, response.clone()).catch(() => {});
}
