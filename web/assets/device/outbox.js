// The outbox as its person sees it: what waits, why, and how to open or discard it.

/** The most that waits on one device. */
const MOST = 25 * 1024 * 1024;

let here = document.querySelector('meta[name=person]')?.content;
const offline = document.querySelector('[data-offline]');
const store = (name, value) => {
  try {
    if (value === undefined) return localStorage.getItem(name);
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    /* no storage */
  }
  return null;
};
// Where nobody could be asked, it is who was signed in last: signing out forgets them.
let writer = here ?? store('freehold-person');
const channel = new BroadcastChannel('freehold-outbox');
/** Words of a page in its language; `{}` are blanks. */
const t = (words, ...blanks) =>
  blanks.reduce((text, blank) => text.replace('{}', () => blank), globalThis.freeholdWords?.[words] ?? words);
const say = (detail) => document.dispatchEvent(new CustomEvent('fh:say', { detail }));
const make = (tag, properties = {}, ...inside) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
};
const newKey = () =>
  btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(12))))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
const isFile = (value) => value instanceof Blob;

// What shows.
let mine = [];
let others = 0;
let signedOut = false;
const words = ({ fields }) =>
  ['subject', 'body', 'description']
    .map((name) => fields.find(([other]) => other === name)?.[1].trim())
    .find(Boolean) ?? '';
const pageOf = ({ action }) => (action === '/tickets' ? '/tickets/new' : action.replace(/\/[^/]+$/, ''));
const state = (item) =>
  ({
    refused: item.why || t('The desk did not take it. Open it, and send it again to see why.'),
    open: t('You opened it to change it; it is not sent by itself.'),
    unsure: t('It may have arrived already. Look at your tickets before you send it again.'),
  })[item.state] ?? '';

const draw = async () => {
  const all = await everything();
  store('freehold-unsent', all.length ? '1' : '');
  mine = all.filter((item) => item.person === writer);
  others = all.length - mine.length;
  const old = document.getElementById('outbox');
  const place = document.querySelector(':is(.employee, .single, .manager) > main');
  if (!mine.length || !place) return old?.remove();
  // What is the same stays, with the focus in it.
  const shown = JSON.stringify([signedOut, here, mine.map((item) => [item.key, item.state, item.why, words(item)])]);
  if (old?.shown === shown) return;
  const waiting = mine.filter((item) => item.state === 'waiting').length;
  const one = waiting === 1;
  const then = signedOut || !(here || offline);
  const lead = !waiting
    ? [make('b', { textContent: mine.length === 1 ? t('One message was not sent.') : t('{} messages were not sent.', mine.length) })]
    : [
        make('b', { textContent: one ? t('Kept on this device.') : t('{} messages are kept on this device.', waiting) }),
        ' ',
        then
          ? one
            ? t('Sign in to send it.')
            : t('Sign in to send them.')
          : one
            ? t('It is sent as soon as you are online again.')
            : t('They are sent as soon as you are online again.'),
      ];
  const box = make('section', { id: 'outbox', className: 'notice outbox', shown });
  box.setAttribute('aria-label', t('Not sent yet'));
  const drawing = document.querySelector('[data-live-status] .icon')?.cloneNode(true);
  const status = old?.querySelector('[role=status]') ?? make('div');
  status.setAttribute('role', 'status');
  // Before somebody has signed in, nobody reads what another wrote.
  const list = here || offline ? [make('ul', {}, ...mine.map(line))] : [];
  box.append(...(drawing ? [drawing] : []), make('div', {}, status, ...list));
  if (signedOut && (here || offline))
    box.append(make('a', { className: 'button', href: `/sign-in?next=${location.pathname}`, textContent: t('Sign in') }));
  if (old) old.replaceWith(box);
  else place.prepend(box);
  status.replaceChildren(...lead);
};
const line = (item) => {
  const files = item.fields.filter(([, value]) => isFile(value)).length;
  const text = words(item);
  const button = (label, act) => {
    const made = make('button', { type: 'button', className: 'button', textContent: label });
    made.addEventListener('click', () => act(made));
    return made;
  };
  const name = text.slice(0, 60) || item.title;
  const acts = [make('a', { className: 'button', href: `${pageOf(item)}#unsent-${item.key}`, textContent: t('Open') })];
  acts[0].addEventListener('click', () => setTimeout(openAsked));
  if (item.state !== 'waiting' && !item.why) acts.push(button(t('Send'), () => change(item.key, { state: 'waiting', tried: item.state === 'unsure' ? null : item.tried, why: '' })));
  acts.push(
    button(t('Discard'), (pressed) => {
      if (pressed.dataset.sure) return change(item.key, null);
      pressed.dataset.sure = '1';
      pressed.textContent = t('Discard for good');
    }),
  );
  for (const act of acts) act.setAttribute('aria-description', name);
  const body = make('div', {}, make('b', { textContent: files === 1 ? t('{} with 1 file', item.title) : files ? t('{} with {} files', item.title, files) : item.title }));
  if (text && text !== item.title) body.append(make('p', { className: item.state === 'waiting' ? 'cut-lines' : '', textContent: text }));
  if (state(item)) body.append(make('small', { textContent: state(item) }));
  return make('li', {}, body, make('div', { className: 'inline' }, ...acts));
};
const changed = async () => {
  await draw();
  channel.postMessage('changed');
};
/** Changes what waits, or with `null` discards it. */
const change = async (key, what) => {
  await alone(async () => {
    const item = await find(key);
    if (!item) return;
    if (what) await put({ ...item, ...what });
    else await drop(key);
  });
  if (!what && open?.key === key) open = null;
  await changed();
  if (what?.state === 'waiting') await flush();
};
channel.onmessage = draw;

// What is kept.
const typedFields = (form) => [...form.elements].filter((field) => /^(text|textarea|file)$/.test(field.type));
const written = (data) =>
  [...data].filter(([name, value]) => name !== 'csrf' && !(isFile(value) && !value.size && !value.name));
/** Whether a field holds just what was written in it. */
const holds = (field, fields) => {
  const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
  const list = (files) => [...files].map(({ name, size }) => `${name}/${size}`).join();
  return field.files ? list(field.files) === list(values.filter(isFile)) : values.includes(field.value);
};
/** Makes room for the next one. What was typed since is of the next one. */
const clear = (form, fields) => {
  for (const field of typedFields(form)) if (!fields || holds(field, fields)) field.value = '';
  form.elements.namedItem('key').value = newKey();
};
const itemOf = (form, action, key, fields, more) => ({
  key,
  person: writer,
  action,
  fields,
  multipart: form.enctype === 'multipart/form-data',
  title: form.dataset.outbox,
  at: Date.now(),
  tried: null,
  ...more,
});
/** Whether it is too much for one person. */
const tooMuch = async (key, fields) => {
  const before = (await everything()).filter((item) => item.key !== key && item.person === writer);
  let size = 0;
  for (const item of [...before, { fields }])
    for (const [, value] of item.fields) size += isFile(value) ? value.size : value.length;
  return size > MOST;
};
/** Keeps a form that could not be sent. */
export const keep = async (form, { action, data, tried }) => {
  const key = data.get('key');
  const fields = written(data);
  if (await tooMuch(key, fields)) {
    say(t('Too large to be kept on this device: at most 25 MB wait here. Your text is kept; choose fewer or smaller files, or send it when you are online.'));
    return;
  }
  const before = await find(key);
  // Only what never left the device is known not to have arrived.
  const left = before?.tried ?? (tried ? Date.now() : null);
  await put(itemOf(form, action, key, fields, { at: before?.at ?? Date.now(), tried: left, state: 'waiting' }));
  if (open?.action === action && open.key !== key) await drop(open.key);
  open = null;
  form.dispatchEvent(new CustomEvent('fh:sent', { bubbles: true, detail: data }));
  clear(form, fields);
  await changed();
  document.getElementById('outbox')?.scrollIntoView({ block: 'nearest' });
  navigator.serviceWorker.ready.then((worker) => worker.sync?.register('outbox')).catch(() => {});
  // It may have been a blink of the network.
  now();
};

// What is sent.
let timer;
let pause = 5000;
const later = () => {
  clearTimeout(timer);
  timer = setTimeout(flush, pause);
  pause = Math.min(pause * 2, 300_000);
};
const flush = async () => {
  clearTimeout(timer);
  const told = await sendAll();
  signedOut = told.signedOut;
  // A page that says what went wrong does not say who reads it.
  if (told.person && !here && !offline) here = writer = told.person;
  for (const { title, partly } of told.sent)
    say(partly ? t('Sent: {}. Not every file could be kept; attach the missing ones again.', title) : t('Sent: {}.', title));
  await changed();
  if (mine.some((item) => item.state === 'waiting')) later();
};
const now = () => {
  pause = 5000;
  flush();
};
addEventListener('online', now);
document.addEventListener('fh:back', now);

// What is opened again, in the form it was written in. Until that form is sent it stays here too, under its key.
let open = null;
const formOf = (action) => document.querySelector(`form[data-outbox][action="${CSS.escape(action)}"]`);
/** What stands in the form, if it is something else, waits by itself. Fails where the device takes no more. */
const putAside = async (form, item) => {
  const full = typedFields(form).filter((field) => field.value.trim());
  if (full.every((field) => holds(field, item.fields))) return;
  const data = new FormData(form);
  const [key, fields] = [data.get('key'), written(data)];
  if (await tooMuch(key, fields)) throw new Error('too much');
  await alone(async () => {
    const { at = Date.now(), tried = null } = (await find(key)) ?? {};
    await put(itemOf(form, item.action, key, fields, { at, tried, state: 'open' }));
  });
};
const fill = (form, item) => {
  clear(form);
  for (const [name, value] of item.fields) {
    const field = form.elements.namedItem(name);
    if (!field) continue;
    if (isFile(value)) {
      const files = new DataTransfer();
      for (const [other, file] of item.fields) if (other === name && isFile(file)) files.items.add(file);
      field.files = files.files;
    } else {
      field.value = value;
      field.dispatchEvent?.(new Event('input', { bubbles: true }));
    }
  }
};
const openAsked = async () => {
  const key = location.hash.startsWith('#unsent-') && location.hash.slice(8);
  if (!key) return;
  history.replaceState(history.state, '', location.pathname + location.search);
  await draw();
  const item = mine.find((each) => each.key === key);
  const form = item && (here || offline) && formOf(item.action);
  if (form) {
    // It stands there already, perhaps with changes.
    if (form.elements.namedItem('key').value !== key)
      try {
        await putAside(form, item);
        fill(form, item);
      } catch {
        return say(t('What stands in the form cannot be kept beside it. Send it first, or clear the form.'));
      }
    open = { key, action: item.action };
    await change(key, { state: 'open' });
    // Files are chosen in a part that is shut.
    const part = form.closest('details');
    if (part) part.open = true;
    form.scrollIntoView({ block: 'nearest' });
    form.querySelector('textarea, input:not([type=hidden], [type=radio])')?.focus();
  } else if (item && here)
    await change(key, { state: 'refused', why: t('This takes no answer any more. Copy what you need, then discard it.') });
};
addEventListener('hashchange', openAsked);
document.addEventListener('fh:swapped', () => {
  const form = open && !open.sent && formOf(open.action);
  if (form) form.elements.namedItem('key').value = open.key;
});
document.addEventListener('submit', (event) => {
  // What the desk then answers brings a key of its own where it wants another.
  if (open && event.target.getAttribute('action') === open.action) open.sent = true;
});
document.addEventListener('fh:sent', (event) => {
  if (!open?.sent || event.target.getAttribute('action') !== open.action) return;
  // The page may be left before it is out of the box: then the next one takes it out.
  store('freehold-done', open.key);
  takeOut();
});
const takeOut = async () => {
  const done = store('freehold-done');
  if (!done) return;
  await change(done, null);
  store('freehold-done', '');
};

// Signing out forgets what waits too.
document.addEventListener(
  'submit',
  async (event) => {
    const form = event.target;
    if (!['/sign-out', '/me/sessions/end'].includes(form.getAttribute('action')) || form.dataset.sure) return;
    event.preventDefault();
    const leave = () => {
      form.dataset.sure = '1';
      form.requestSubmit();
    };
    await draw().catch(() => {});
    if (!mine.length && !others) return leave();
    const one = mine.length + others === 1;
    const lost = [];
    if (mine.length) lost.push(mine.length === 1 ? t('Signing out removes it from this device.') : t('Signing out removes what you wrote from this device.'));
    if (others) {
      const alone = mine.length
        ? ["Somebody else's message waits here too; it is lost if you go on.", "Other people's messages wait here too; they are lost if you go on."]
        : ["Somebody else's message waits here; it is lost if you go on.", "Other people's messages wait here; they are lost if you go on."];
      lost.push(t(alone[others === 1 ? 0 : 1]));
    }
    const dialog = make('dialog', { className: 'sheet' });
    dialog.setAttribute('aria-labelledby', 'unsent-title');
    const stay = make('button', { type: 'button', className: 'button main', textContent: t('Stay signed in') });
    const go = make('button', { type: 'button', className: 'button', textContent: t('Sign out and discard') });
    dialog.append(
      make('h2', { id: 'unsent-title', textContent: one ? t('One message is not sent yet') : t('{} messages are not sent yet', mine.length + others) }),
      make('p', { textContent: lost.join(' ') }),
      make('div', { className: 'acts' }, stay, go),
    );
    stay.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => dialog.remove());
    go.addEventListener('click', leave);
    document.body.append(dialog);
    dialog.showModal();
  },
  true,
);

// The page that shows without a connection, at whatever address was asked for.
const alongside = () => {
  const form = offline.querySelector('form');
  const title = offline.querySelector('h1');
  for (const pair of document.cookie.split('; ')) {
    const [name, value] = pair.split('=');
    if (['theme', 'contrast', 'density'].includes(name)) document.documentElement.dataset[name] = value;
  }
  if (navigator.onLine) title.textContent = t('The desk does not answer');
  offline.querySelector(writer ? '[data-somebody]' : '[data-nobody]').hidden = false;
  form.elements.namedItem('key').value = newKey();
  form.elements.namedItem('description').dataset.draft = `${writer}:new`;
  form.elements.namedItem('subject').dataset.draft = `${writer}:new:subject`;
  form.dispatchEvent(new CustomEvent('fh:swapped', { bubbles: true }));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await keep(form, { action: '/tickets', data: new FormData(form), tried: false });
    } catch {
      say(t('This browser keeps nothing. Copy your text, and send it when you are online.'));
    }
  });
  const untouched = () =>
    [...form.elements].every((field) => !/^(text|textarea|file)$/.test(field.type) || !field.value);
  const look = async () => {
    let who;
    try {
      who = await whoIsHere();
    } catch {
      setTimeout(look, 3000);
      return;
    }
    await flush();
    if (untouched() && !mine.some((item) => item.state === 'open')) return location.reload();
    title.textContent = t('You are online again');
    offline.querySelector('.lead').textContent = who
      ? t('Send what you wrote: it goes at once.')
      : t('Send what you wrote: it waits here until you have signed in.');
  };
  if (location.pathname !== '/offline') look();
};

if (offline) alongside();
// What is sent at once need not show first.
const begun = takeOut().then(flush);
Promise.race([begun, new Promise((resolve) => setTimeout(resolve, 1000))]).then(draw).then(openAsked);
