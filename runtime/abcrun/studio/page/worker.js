// The page without its server: a service worker, which keeps the page's files. The
// server puts a line before this one: PAGE = {version, files}.

const PATIENCE = 4000; // milliseconds for the page to come, where an older one is kept

// Several servers may share an origin, below paths of their own, and so its caches.
const OWN = `abcrun-page ${registration.scope} `;
const CACHE = OWN + PAGE.version;

addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    // What the browser has loaded for the page just now is not asked for again.
    await cache.addAll(["./", ...PAGE.files]);
    const page = await (await cache.match("./")).text();
    if (!page.includes(PAGE.version)) throw new Error("the server has just become another one");
    await skipWaiting();
  };
  event.waitUntil(keep());
});

addEventListener("activate", (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(OWN) && name !== CACHE) await caches.delete(name);
    }
    await clients.claim();
  };
  event.waitUntil(tidy());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(registration.scope)) return;
  if (url.pathname === new URL(registration.scope).pathname) event.respondWith(page(request));
  else if (PAGE.files.some((file) => url.href === registration.scope + file)) {
    event.respondWith(file(request));
  }
  // The rest is the server's. What it last said, the page itself keeps: kept.js.
});

/** The page of the server, so that it is never an older one; the kept one without it. */
async function page(request) {
  const kept = async () => (await caches.open(CACHE)).match("./");
  const fresh = fetch(request);
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(async () => resolve(await kept()), PATIENCE);
  });
  try {
    const first = (await Promise.race([fresh, late])) ?? (await fresh);
    // A proxy that is there without the server behind it says so by such a status.
    return first.status >= 500 ? ((await kept()) ?? first) : first;
  } catch {
    return (await kept()) ?? Response.error();
  } finally {
    clearTimeout(timer);
  }
}

/** A file of this version: it never changes. */
async function file(request) {
  return (await (await caches.open(CACHE)).match(request)) ?? fetch(request);
}
