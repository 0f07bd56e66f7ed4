// Shows a push message while no page is open, and opens its page when it is touched.

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", () => worker.skipWaiting());

worker.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  event.waitUntil(
    worker.registration.showNotification(String(told.title ?? "Presente"), {
      body: String(told.body ?? ""),
      tag: String(told.tag ?? ""),
      icon: "/static/img/favicon.svg",
      data: { path: String(told.path ?? "/notifications/") },
    }),
  );
});

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data?.path ?? "/notifications/", worker.location.origin);
  // A page of ours, whatever the message said.
  if (address.origin === worker.location.origin) event.waitUntil(worker.clients.openWindow(address.href));
});
