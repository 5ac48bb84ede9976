// The service worker: keeps one version of the page, whole, and answers from it, so that a visit needs
// no network. A new version is fetched beside it and takes over when the page asks, or when no page is open.
export {};

declare const self: ServiceWorkerGlobalScope;

// Set by build.mjs: what the first visit needs, and a hash of all that.
declare const kBuiltFiles: readonly string[];
declare const kBuiltVersion: string;

// Caches belong to the origin: other folders of it may serve other builds. A scope has no space in it.
const kOurs = `limbus ${new URL(self.registration.scope).pathname} `;
const kCache = kOurs + kBuiltVersion;
const kModels = 'models/index.json'; // may get models without a new build: asked first, kept for offline
const kPatienceMs = 1000;

const here = (path: string) => new URL(path, self.registration.scope).href;
/** Of what lies in the scope: the scope itself may be named after a day. */
const namedByContent = (url: string) =>
  /-[0-9a-f]{8}[./]/.test(url.slice(self.registration.scope.length));

self.addEventListener('install', (event) => event.waitUntil(keepVersion()));
self.addEventListener('activate', (event) => event.waitUntil(takeOver()));
self.addEventListener('message', ({ data }) => {
  if (data === 'take over') void self.skipWaiting();
});
self.addEventListener('fetch', (event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});

/** All or nothing. What an earlier version holds under the same hash is not fetched again. */
async function keepVersion(): Promise<void> {
  const cache = await caches.open(kCache);
  await Promise.all(
    kBuiltFiles.map(async (file) => {
      const url = here(file);
      const known = namedByContent(url);
      const held = known ? await caches.match(url) : undefined;
      const response = held ?? (await fetch(url, { cache: known ? 'default' : 'no-cache' }));
      if (!response.ok) throw new Error(`${url}: status ${response.status}`);
      await cache.put(url, response);
    }),
  );
}

async function takeOver(): Promise<void> {
  for (const name of await caches.keys())
    if (name.startsWith(kOurs) ? name !== kCache : await leaveEarly(name))
      await caches.delete(name);
  await self.clients.claim();
}

/**
 * Of builds before, whose caches bear no scope: copies in several folders may share one, each with its index.html.
 * Ours goes; true when no other's is left.
 */
async function leaveEarly(name: string): Promise<boolean> {
  if (!/^limbus-[0-9a-f]{8}$/.test(name)) return false;
  const cache = await caches.open(name);
  const wasOurs = await cache.delete(here(''));
  return wasOurs && !(await cache.keys()).some(({ url }) => url.endsWith('/'));
}

/** Null: none of our business, the browser asks as ever. */
function answerTo(event: FetchEvent): Promise<Response> | null {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(self.registration.scope)) return null;
  const url = request.url.split(/[?#]/)[0]!;
  if (request.mode === 'navigate' && (url === here('') || url === here('index.html')))
    return heldOrFetched(here(''), event);
  if (url === here(kModels)) return fetchedOrHeld(event);
  return namedByContent(url) ? heldOrFetched(url, event) : null;
}

async function heldOrFetched(url: string, event: FetchEvent): Promise<Response> {
  const cache = await caches.open(kCache);
  const held = await cache.match(url);
  if (held) return held;
  const response = await fetch(event.request);
  if (response.ok && namedByContent(url)) keep(cache, url, response, event);
  return response;
}

async function fetchedOrHeld(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const cache = await caches.open(kCache);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(kPatienceMs) });
    // A server that is out of order says nothing of what there is.
    if (!response.ok)
      return (response.status >= 500 && (await cache.match(request.url))) || response;
    const whole = new Response(await response.arrayBuffer(), response); // in time, too
    keep(cache, request.url, whole, event);
    return whole;
  } catch (error) {
    const held = await cache.match(request.url);
    if (held) return held;
    throw error;
  }
}

/** Whole or not at all, as `put` does it. The answer does not wait for it, nor fail where there is no room. */
function keep(cache: Cache, url: string, response: Response, event: FetchEvent): void {
  event.waitUntil(cache.put(url, response.clone()).catch(() => {}));
}
