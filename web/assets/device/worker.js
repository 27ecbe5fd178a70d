// Without a connection, a page that says so; and what waits is sent when there is one again. What is cached here is the
// same for everybody: the files that pages load, and that page.

const CACHE = `freehold-${VERSION}`;
const OFFLINE = ['en', 'de'].map((language) => `/offline/${language}`);
/** Where it is noted in which language pages came last; nothing is ever served from there. */
const SPOKEN = '/offline/language';

const install = async () => {
  const cache = await caches.open(CACHE);
  // Without cookies, so that nothing of anybody's can be in it.
  await cache.addAll([...FILES, ...OFFLINE].map((url) => new Request(url, { credentials: 'omit' })));
  await self.skipWaiting();
};
const activate = async () => {
  const old = (await caches.keys()).filter((name) => name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  // A page is asked for while the worker wakes up.
  await self.registration.navigationPreload?.enable();
  await self.clients.claim();
};
self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));

let spoken;
const note = async (language) => {
  if (!language || language === spoken) return;
  spoken = language;
  const cache = await caches.open(CACHE);
  await cache.put(SPOKEN, new Response(language));
};
const page = async (event) => {
  const early = await event.preloadResponse?.catch(() => null);
  try {
    const answer = early ?? (await fetch(event.request));
    event.waitUntil(note(answer.headers.get('Content-Language')));
    return answer;
  } catch {
    const language = (await (await caches.match(SPOKEN))?.text()) ?? 'en';
    return (await caches.match(`/offline/${language}`, { ignoreVary: true })) ?? Response.error();
  }
};
const file = async (request) => (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate') event.respondWith(page(event));
  else if (FILES.includes(new URL(request.url).pathname)) event.respondWith(file(request));
});

const sync = async () => {
  const { lost } = await sendAll();
  const channel = new BroadcastChannel('freehold-outbox');
  channel.postMessage('changed');
  channel.close();
  // The browser tries again by itself.
  if (lost) throw new Error('there is no connection yet');
};
self.addEventListener('sync', (event) => {
  if (event.tag === 'outbox') event.waitUntil(sync());
});

// What others may read on a lock screen: the number of a ticket, and that something happened to it.
const NEWS = { answered: 'Your ticket was answered', waits: 'Your ticket waits for you', approval: 'An approval waits for you' };
const NUMBER = /^[A-Z]{1,9}-\d{1,12}$/;
const tell = (data) => {
  let said = {};
  try {
    said = data.json() ?? {};
  } catch {
    /* It is told that something is new. */
  }
  const number = NUMBER.test(said.number) ? said.number : '';
  const url = said.news === 'approval' ? '/approvals' : number ? `/tickets/${number}` : '/';
  const body = Object.hasOwn(NEWS, said.news) ? NEWS[said.news] : 'Something is new';
  return self.registration.showNotification(number || 'Freehold', { body, icon: ICON, tag: url + number, renotify: true, data: url });
};
self.addEventListener('push', (event) => event.waitUntil(tell(event.data)));

const open = async (url) => {
  const pages = await self.clients.matchAll({ type: 'window' });
  // No other page is led away: something may be typed there.
  const there = pages.find((page) => new URL(page.url).pathname === url);
  return there ? there.focus() : self.clients.openWindow(url);
};
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});
