// A reply waits some seconds before it goes out, so that it can be taken back. What waits is written down with the key
// of its form: whatever happens to the page, it is sent, and sent once.

const HELD = 'freehold-held:';
// A page that goes away sends at once; the next one asks again with the same key, for as long as that means the same: the
// desk keeps keys for a day.
const ASK_AGAIN = 22 * 3600 * 1000;
const GRACE = 5000;
let held = null; // { key, note, form, timer, line }

const post = (note) =>
  fetch(note.action, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { Accept: 'text/html', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: note.body,
    keepalive: true,
  });

const say = (words, bad, acts) => {
  const line = document.createElement('div');
  line.className = bad ? 'toast held bad' : 'toast held';
  line.append(words);
  for (const [label, act, name] of acts) {
    const button = document.createElement(typeof act === 'string' ? 'a' : 'button');
    button.className = 'button';
    button.textContent = label;
    if (name) button.dataset[name] = '';
    if (typeof act === 'string') button.href = act;
    else {
      button.type = 'button';
      button.addEventListener('click', act);
    }
    line.append(button);
  }
  document.getElementById('toasts')?.append(line);
  return line;
};
// Nothing about it changes while it waits: neither its words nor for whom they are.
const lock = (form, locked) => {
  form.inert = locked;
  form.classList.toggle('is-held', locked);
};
const stop = () => {
  const was = held;
  held = null;
  clearTimeout(was.timer);
  was.line.remove();
  lock(was.form, false);
  return was;
};

/** Sends what was written down; `true` when that is settled, one way or the other. */
const deliver = async (key, note) => {
  let response;
  try {
    response = await post(note);
  } catch {
    return false;
  }
  // Another page has just sent it and is not answered yet, or the desk has no time: it is asked again.
  if (response.status === 503 || response.status === 429) return false;
  remember(key, '');
  const sent = response.ok && !(response.redirected && new URL(response.url).pathname === '/sign-in');
  if (sent) {
    document.dispatchEvent(new CustomEvent('fh:forget', { detail: note }));
    document.dispatchEvent(new CustomEvent('fh:say', { detail: t('Sent to {}.', note.number) }));
    return true;
  }
  const page = parse(await response.text());
  const said = ['#verdict h2', '#sheet .notice > div', '.single h1'].map((where) => page.querySelector(where)).find(Boolean);
  const why = said?.textContent.trim().replace(/\.$/, '') ?? t('the desk did not take it');
  say(t('Not sent to {}: {}. The text is kept.', note.number, why), true, [
    [t('Open it'), note.ticket],
    [t('Close'), (event) => event.target.parentElement.remove()],
  ]);
  return true;
};
const missed = (note) => {
  const line = say(t('No connection: your reply to {} is not sent yet.', note.number), true, [
    [
      t('Try again'),
      () => {
        line.remove();
        resume();
      },
    ],
  ]);
};
const unsure = (note) =>
  say(t('Look whether your reply to {} arrived; its text is kept.', note.number), true, [
    [t('Open it'), note.ticket],
    [t('Close'), (event) => event.target.parentElement.remove()],
  ]);
const now = async () => {
  if (!held) return;
  const { key, note, form, go } = stop();
  if (form.isConnected && go) {
    await go();
    remember(key, '');
  } else if (!(await deliver(key, note))) missed(note);
};
const undo = () => {
  const { key, note, form } = stop();
  remember(key, '');
  if (form.isConnected) form.querySelector('textarea').focus();
  else location.assign(note.ticket);
};
/** What another page began to send, and may not have heard of. */
const resume = async () => {
  for (const key of namesFrom(HELD)) {
    const note = recallValue(key);
    if (!note) remember(key, '');
    else if (Date.now() - note.until > ASK_AGAIN) {
      remember(key, '');
      unsure(note);
    } else if (key !== held?.key && (note.tab === tab || note.until + GRACE < Date.now())) await deliver(key, note);
  }
};

const tab = recall(HELD, 'sessionStorage') ?? `${Math.random()}`;
remember(HELD, tab, 'sessionStorage');

document.addEventListener('fh:hold', (event) => {
  const { submitter, go } = event.detail;
  const form = event.target;
  if (held?.form === form) return event.preventDefault();
  // Who holds no seat is told at once whether there is one, and where in line they stand.
  if (!document.querySelector('#seat:is(.exclusive, .active, .idle, [data-seat=token])')) return;
  now();
  const data = new URLSearchParams(new FormData(form, submitter));
  const next = data.get('advance') && document.querySelector('a[data-next]');
  data.delete('advance');
  const seconds = Number(submitter.dataset.hold);
  const area = form.querySelector('textarea');
  const note = {
    action: form.action,
    body: data.toString(),
    text: area.value,
    draft: area.dataset.draft,
    number: form.dataset.number,
    ticket: location.href,
    until: Date.now() + seconds * 1000,
    tab,
  };
  const key = HELD + data.get('key');
  // A browser sends no more than this from a page that goes away.
  if (note.body.length > 60_000 || !remember(key, JSON.stringify(note))) return;
  event.preventDefault();
  const line = say(t('Reply to {} goes out in {} s.', note.number, seconds), false, [
    [t('Undo'), undo, 'undo'],
    [t('Send now'), now, 'sendNow'],
  ]);
  held = { key, note, form, go, line, timer: setTimeout(now, seconds * 1000) };
  lock(form, true);
  document.getElementById('ticket-scroll')?.focus({ preventScroll: true });
  next?.click();
});
// Whoever comes back to the ticket meanwhile finds what waits, not a draft to send again.
document.addEventListener('fh:swapped', () => {
  const form = document.getElementById('composer');
  if (!held || !form || held.form.isConnected || form.querySelector('textarea')?.dataset.draft !== held.note.draft)
    return;
  held.form = form;
  held.go = null;
  lock(form, true);
});
document.addEventListener('change', ({ target }) => {
  if (target.matches('[data-advance]'))
    document.cookie = `advance=${target.checked ? 'on' : 'off'}; Path=/; Max-Age=31536000; SameSite=Lax${location.protocol === 'https:' ? '; Secure' : ''}`;
});
addEventListener('pagehide', () => {
  if (held) post(stop().note).catch(() => {});
});
addEventListener('pageshow', (event) => event.persisted && resume());
addEventListener('online', resume);
resume();
