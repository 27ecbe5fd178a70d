// Submit and swap, links without reload, and live replacement. Every form and link here works without it.

const parse = (text) => new DOMParser().parseFromString(text, 'text/html');
const tell = (name, target, detail) => target.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));

const toast = (words, bad = false) => {
  const region = document.getElementById('toasts');
  if (!region || !words) return;
  const line = document.createElement('div');
  line.className = bad ? 'toast bad' : 'toast';
  line.textContent = words;
  // It may lie over a button that is needed.
  line.addEventListener('click', () => line.remove());
  region.append(line);
  setTimeout(() => line.remove(), 4000 + words.length * 60);
};

const fieldKey = (field) => `${field.form?.id}/${field.name}/${/radio|checkbox/.test(field.type) ? field.value : ''}`;
const isDirty = (field) =>
  field.type === 'checkbox' || field.type === 'radio'
    ? field.checked !== field.defaultChecked
    : field.tagName === 'SELECT'
      ? [...field.options].some((option) => option.selected !== option.defaultSelected)
      : field.value !== field.defaultValue;
const fields = (root) => root.querySelectorAll('input:not([type=hidden]):not([type=file]), textarea, select');

/** Replaces an element by its namesake and keeps focus, scroll, open details and typed text. */
const swap = (old, fresh, keepTyped) => {
  const typed = new Map();
  if (keepTyped)
    for (const field of fields(old))
      if (isDirty(field))
        typed.set(
          fieldKey(field),
          field.checked !== undefined && /radio|checkbox/.test(field.type) ? field.checked : field.value,
        );
  const scrolled = [old, ...old.querySelectorAll('[data-keep-scroll]')]
    .filter((e) => e.id && e.scrollTop)
    .map((e) => [e.id, e.scrollTop]);
  const open = [...old.querySelectorAll('details[open]')].map((e) => e.querySelector('summary')?.textContent);
  const popover = old.matches('[popover]:popover-open') ? old.id : old.querySelector('[popover]:popover-open')?.id;
  const active = old.contains(document.activeElement) ? document.activeElement : null;
  const focus = active && {
    id: active.id,
    place: active.closest('[id]').id,
    href: active.getAttribute('href'),
    key: active.name && fieldKey(active),
    from: active.selectionStart,
    to: active.selectionEnd,
  };
  const before = new Map([...old.querySelectorAll('.row[id]')].map((row) => [row.id, row.textContent]));

  const next = document.adoptNode(fresh);
  old.replaceWith(next);

  for (const row of next.querySelectorAll('.row[id]'))
    if (before.size && before.get(row.id) !== row.textContent) row.classList.add('fresh');
  for (const field of fields(next)) {
    const kept = typed.get(fieldKey(field));
    if (typeof kept === 'boolean') field.checked = kept;
    else if (kept !== undefined) field.value = kept;
  }
  for (const details of next.querySelectorAll('details'))
    if (open.includes(details.querySelector('summary')?.textContent)) details.open = true;
  for (const [id, top] of scrolled) {
    const element = document.getElementById(id);
    if (element) element.scrollTop = top;
  }
  if (popover) document.getElementById(popover)?.showPopover?.();
  if (focus) {
    const target =
      (focus.id && document.getElementById(focus.id)) ||
      (focus.href &&
        (document.getElementById(focus.place) ?? next).querySelector(`a[href="${CSS.escape(focus.href)}"]`)) ||
      (focus.key && [...fields(next)].find((field) => fieldKey(field) === focus.key)) ||
      // A button without a name has none of these.
      null;
    target?.focus({ preventScroll: true });
    if (focus.from != null && target?.setSelectionRange)
      try {
        target.setSelectionRange(focus.from, focus.to);
      } catch {
        /* not a text field */
      }
  }
  if (next.matches('[data-follow]') && next.childElementCount > old.childElementCount) {
    const own = '.mine';
    const more = next.querySelectorAll(own).length > old.querySelectorAll(own).length;
    const last = more ? [...next.querySelectorAll(own)].at(-1) : next.lastElementChild;
    last.scrollIntoView({ block: more ? 'start' : 'nearest' });
  }
  arrive(next);
  tell('fh:swapped', next);
};

/** Swaps every named element the answer brings. Returns how many there were. */
const swapAll = (ids, answer, keepTyped) => {
  let count = 0;
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), answer.getElementById(id)];
    if (!old || !fresh) continue;
    swap(old, fresh, keepTyped);
    count += 1;
  }
  return count;
};

/** What new content asks for: sheets open as dialogs, messages become toasts, error summaries take the focus. */
const arrive = (root) => {
  for (const dialog of root.querySelectorAll('dialog[open][data-modal]')) {
    dialog.close();
    dialog.showModal();
  }
  for (const message of root.querySelectorAll('[data-toast]')) {
    toast(message.textContent, message.classList.contains('bad'));
    message.remove();
  }
  root.querySelector('[data-focus-first]')?.focus();
};

const idsOf = (element) => element.dataset.live.split(/\s+/).filter(Boolean);
const ask = (url, options = {}) =>
  fetch(url, { credentials: 'same-origin', headers: { Accept: 'text/html' }, ...options });

/** Whoever is signed out is led there. */
const isSignIn = (response) => response.redirected && new URL(response.url).pathname === '/sign-in';

const running = new WeakMap();
const send = async (form, submitter) => {
  const post = (submitter?.formMethod || form.method) === 'post';
  if (post && running.has(form)) return;
  running.get(form)?.abort();
  const abort = new AbortController();
  running.set(form, abort);
  const data = new FormData(form, submitter);
  const action = new URL(
    submitter?.getAttribute('formaction') || form.getAttribute('action') || location.href,
    location.href,
  );
  const files = [...data.values()].some((value) => value instanceof File);
  if (post) submitter?.setAttribute('aria-busy', 'true');
  let response, answer;
  try {
    if (!post) action.search = new URLSearchParams(data);
    const body = files || form.enctype === 'multipart/form-data' ? data : new URLSearchParams(data);
    response = await ask(action, post ? { method: 'POST', body, signal: abort.signal } : { signal: abort.signal });
    answer = parse(await response.text());
  } catch (error) {
    if (error.name !== 'AbortError')
      toast(
        post
          ? 'No connection. Your text is kept; send it again when the desk is back.'
          : 'No connection. Try again in a moment.',
        true,
      );
    return;
  } finally {
    submitter?.removeAttribute('aria-busy');
    if (running.get(form) === abort) running.delete(form);
  }
  if (isSignIn(response)) tell('fh:signed-out', form, answer);
  else if (response.ok) done(form, post, response, answer, action);
  else refused(form, answer);
};
const done = (form, post, response, answer, action) => {
  if (post) tell('fh:sent', form);
  const area = form.querySelector('textarea');
  const count = swapAll(idsOf(form), answer, !post);
  if (post && area?.isConnected) {
    area.value = area.defaultValue;
    area.focus();
  }
  if (!post) history.replaceState({ live: idsOf(form) }, '', action);
  else if (!count && response.redirected) location.assign(response.url);
};
const refused = (form, answer) => {
  if (!swapAll(new Set(['sheet', 'errors', ...idsOf(form)]), answer, true)) {
    toast(answer.querySelector('h1, h2')?.textContent || 'That did not work. Nothing was changed; try again.', true);
    return;
  }
  const notice = document.querySelector('#sheet > .notice');
  if (!notice) return;
  // What says why must not lie behind what was pressed.
  document.querySelector('[popover]:popover-open')?.hidePopover();
  notice.tabIndex = -1;
  notice.focus();
};

document.addEventListener('fh:say', (event) => toast(event.detail));

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches('form[data-live]')) return;
  event.preventDefault();
  send(form, event.submitter);
});

let typingTimer;
document.addEventListener('input', (event) => {
  const form = event.target.form;
  if (!form?.matches('form[data-live-type]')) return;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => send(form, null), 120);
});

/** Follows a link by swapping, and keeps the address and the way back. */
const follow = async (href, ids, push) => {
  try {
    const response = await ask(href);
    const answer = parse(await response.text());
    if (!response.ok || !swapAll(ids, answer, true)) return location.assign(href);
    document.title = answer.title;
    if (push) history.pushState({ live: ids }, '', response.url);
  } catch {
    location.assign(href);
  }
};

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-live]');
  if (
    !link ||
    event.defaultPrevented ||
    event.button ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  )
    return;
  event.preventDefault();
  if (!history.state?.live) history.replaceState({ live: idsOf(link) }, '');
  follow(link.href, idsOf(link), true);
});
addEventListener('popstate', (event) => {
  if (event.state?.live) follow(location.href, event.state.live, false);
});

document.addEventListener('click', (event) => {
  const target = document.getElementById(event.target.closest('[data-focus]')?.dataset.focus);
  if (target) setTimeout(() => target.focus());
});

// Live replacement: the stream names topics, pages fetch what they show of them.
const due = new Map();
const refetch = async (src) => {
  const ids = due.get(src);
  due.delete(src);
  try {
    const response = await ask(src);
    if (isSignIn(response)) tell('fh:signed-out', document, parse(await response.text()));
    else if (response.ok) swapAll(ids, parse(await response.text()), true);
  } catch {
    /* the stream says when the connection is back */
  }
};
// `seat` is whatever the stream says of seats, which is of one's own; `seat:ID` is one of them.
const named = (topics, topic) => topics.some((said) => said === topic || said.startsWith(`${topic}:`));
const changed = (topics) => {
  for (const element of document.querySelectorAll('[data-live-topic][id]')) {
    if (topics && !element.dataset.liveTopic.split(/\s+/).some((topic) => named(topics, topic))) continue;
    const src = new URL(element.dataset.liveSrc || location.href, location.href).href;
    if (!due.has(src)) {
      due.set(src, new Set());
      setTimeout(refetch, 200, src);
    }
    due.get(src).add(element.id);
  }
};

// Who only types needs to know too whether anybody listens.
if (document.querySelector('[data-live-topic], [data-draft]')) {
  const status = document.querySelector('[data-live-status]');
  let stream,
    lostAt,
    wait = 1000;
  const lost = () => {
    lostAt ??= Date.now();
    // A blink of the network is nobody's business.
    setTimeout(() => {
      if (!status || !lostAt) return;
      status.hidden = false;
      tell('fh:lost', status);
    }, 2500);
  };
  const connect = () => {
    stream = new EventSource('/events');
    stream.onopen = () => {
      if (status) status.hidden = true;
      if (lostAt) changed(null);
      lostAt = undefined;
      wait = 1000;
    };
    stream.onmessage = (message) => {
      try {
        const { topics } = JSON.parse(message.data);
        // `*`: more changed than the stream can name.
        changed(topics.includes('*') ? null : topics);
      } catch {
        /* not ours */
      }
    };
    stream.onerror = () => {
      lost();
      if (stream.readyState === EventSource.CLOSED) {
        tell('fh:signed-out', document);
        setTimeout(connect, wait);
        wait = Math.min(wait * 2, 30_000);
      }
    };
  };
  connect();
  addEventListener('pagehide', () => stream.close());
  addEventListener('pageshow', (event) => {
    if (event.persisted) {
      connect();
      changed(null);
    }
  });
}

// Relative times stay true for the first day; after that they name a date.
setInterval(() => {
  for (const time of document.querySelectorAll('time[data-relative]')) {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (seconds < 45 || seconds > 12 * 3600) continue;
    const minutes = Math.round(seconds / 60);
    time.textContent = minutes < 60 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
  }
}, 30_000);

arrive(document);
