// What was written without a connection, kept on this device and sent later: once, and only as the person who wrote it.
// Pages and the worker share this.

/** The desk knows what it was sent by its key for a day; what may have arrived before that is not sent unasked. */
const KNOWN = 20 * 3600 * 1000;
/** As long waits what somebody else wrote here and never came back for. */
const FORGOTTEN = 30 * 24 * 3600 * 1000;
/** As long as the desk waits for files. */
const PATIENCE = 300_000;
/** What the desk answers to a form that will never be taken as it is. */
const REFUSED = [403, 404, 409, 413, 415, 422];

const opened = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open('freehold', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('outbox', { keyPath: 'key' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
/** One step in the outbox. What was written is on the disk when it is answered. */
const inBox = async (mode, step) => {
  const base = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = base.transaction('outbox', mode, { durability: 'strict' });
      const asked = step(transaction.objectStore('outbox'));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    base.close();
  }
};
const everything = async () => {
  const all = await inBox('readonly', (box) => box.getAll());
  return all.sort((a, b) => a.at - b.at);
};
const find = (key) => inBox('readonly', (box) => box.get(key));
const put = (item) => inBox('readwrite', (box) => box.put(item));
const drop = (key) => inBox('readwrite', (box) => box.delete(key));

/** Nothing is sent, opened or discarded in two places at once. */
const alone = (act) => navigator.locks.request('freehold-outbox', act);

/** Who is signed in, with the token of their forms; `null` if nobody is. Fails without a connection. */
const whoIsHere = async () => {
  const response = await fetch('/me/sending', { cache: 'no-store', redirect: 'manual' });
  // To the sign-in page.
  if (response.type === 'opaqueredirect') return null;
  if (!response.ok) throw new Error(`the desk answers ${response.status}`);
  return response.json();
};

const PLAIN = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
/** Why a page says that it was refused. The worker has nothing that reads pages. */
const why = (text) => {
  const [errors] = text.match(/id="errors".*?<\/div>/s) ?? [];
  const said = errors?.matchAll(/<(?:a|span)\b[^>]*>([^<]*)</g) ?? text.matchAll(/<p class="lead">([^<]*)</g);
  return [...said].map(([, words]) => words.replace(/&(lt|gt|quot|#39|amp);/g, (_, name) => PLAIN[name])).join(' ');
};

const sendOne = async (item, who, told) => {
  if (item.tried && Date.now() - item.tried > KNOWN) return put({ ...item, state: 'unsure' });
  if (!item.tried) await put(Object.assign(item, { tried: Date.now() }));
  const data = new FormData();
  data.append('csrf', who.csrf);
  for (const [name, value] of item.fields) data.append(name, value);
  const response = await fetch(item.action, {
    method: 'POST',
    body: item.multipart ? data : new URLSearchParams(data),
    headers: { Accept: 'text/html' },
    signal: AbortSignal.timeout(PATIENCE),
  });
  const at = new URL(response.url);
  const refused = (reason) => put({ ...item, state: 'refused', why: reason });
  if (response.redirected && at.pathname === '/sign-in') told.signedOut = true;
  else if (response.redirected && response.ok) {
    await drop(item.key);
    told.sent.push({ title: item.title, partly: at.searchParams.get('said') === 'without-files' });
  }
  // It was taken, and is asked for again by its key, if only the page that shows it does not come.
  else if (response.redirected) throw new Error(`the desk answers ${response.status}`);
  else if (REFUSED.includes(response.status)) await refused(why(await response.text()));
  // The token of a session that has just ended, or a form that nobody can read.
  else if (response.status === 400 && (await whoIsHere())?.csrf === who.csrf) await refused('');
};

/** Sends what waits. Between two of them there is time to open or discard one. */
const sendAll = async () => {
  const told = { sent: [], person: null, signedOut: false, lost: false };
  const old = (item) => Date.now() - item.at > FORGOTTEN;
  const due = (await everything()).filter((item) => item.state === 'waiting' || old(item));
  if (!due.length) return told;
  const one = async ({ key }, who) => {
    const item = await find(key);
    if (!item) return;
    if (item.person !== who.person) {
      if (old(item)) await drop(key);
    } else if (item.state === 'waiting') await sendOne(item, who, told);
  };
  try {
    const who = await whoIsHere();
    told.signedOut = !who;
    told.person = who?.person;
    for (const item of who ? due : [])
      try {
        await alone(() => one(item, who));
      } catch {
        // What cannot be sent keeps nothing else from being sent.
        told.lost = true;
        await whoIsHere();
      }
  } catch {
    told.lost = true;
  }
  return told;
};
