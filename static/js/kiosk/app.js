// The page as an app: it starts without the server, once it has been here.

/**
 * Have the page and all it consists of kept by the browser; false where it should have been and could not be.
 * `page`: the one to keep where it is another than this one, which consists of the same.
 * @param {string} worker
 * @param {{scope?: string, page?: string}} [which]
 */
export async function keepPage(worker, { scope = "/kiosk/", page = scope } = {}) {
  if (!navigator.serviceWorker) return true; // Over plain HTTP no browser keeps a page.
  if (document.documentElement.dataset.kept !== undefined) return true; // The worker has brought this very page.
  try {
    await navigator.serviceWorker.register(worker, { scope });
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
    const own = loaded.filter(({ origin, pathname }) => origin === location.origin && !pathname.startsWith(scope));
    const urls = [`${location.origin}${page}`, ...new Set(own.map(({ href }) => href))];
    if (!active || !(await keep(active, urls))) return false;
    document.body.dataset.installed = "yes";
    return true;
  } catch {
    // Refused (a private window, a full disk): the kiosk works, but does not start without the server.
    return false;
  }
}

/**
 * Whether the worker has all of it on the disk now.
 * @param {ServiceWorker} worker
 * @param {string[]} urls
 * @returns {Promise<boolean>}
 */
function keep(worker, urls) {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  worker.postMessage({ keep: urls }, [port2]);
  return answer;
}
