// Submit and swap, links without reload, and live replacement. Every form and link here works without it.

const tell = (name, target, detail) => target.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));

const toast = (words, bad = false) => {
  const region = document.getElementById('toasts');
  if (!region || !words) return;
  const line = document.createElement('div');
  line.className = bad ? 'toast bad' : 'toast';
  line.textContent = words;
  region.append(line);
  setTimeout(() => line.remove(), 4000 + words.length * 60);
};

// What was typed for one ticket is not put into the composer of another.
const fieldKey = (field) =>
  `${field.dataset.draft ?? field.form?.id}/${field.name}/${/radio|checkbox/.test(field.type) ? field.value : ''}`;
const isDirty = (field) =>
  field.type === 'checkbox' || field.type === 'radio'
    ? field.checked !== field.defaultChecked
    : field.tagName === 'SELECT'
      ? [...field.options].some((option) => option.selected !== option.defaultSelected)
      : field.value !== field.defaultValue;
const fields = (root) => root.querySelectorAll('input:not([type=hidden]):not([type=file]), textarea, select');

/** Replaces an element by its namesake and keeps focus, scroll, open details and the fields that are `kept`. */
const swap = (old, fresh, kept) => {
  const typed = new Map();
  for (const field of fields(old))
    if (kept(field))
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
    const was = typed.get(fieldKey(field));
    if (typeof was === 'boolean') field.checked = was;
    else if (was !== undefined) field.value = was;
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
const swapAll = (ids, answer, kept = isDirty) => {
  let count = 0;
  for (const id of ids) {
    // The panel's errors are not the page's; its own it names differently.
    const old = document.querySelector(`#${CSS.escape(id)}:not(#ask-panel #errors)`);
    const fresh = answer.getElementById(id);
    if (!old || !fresh) continue;
    swap(old, fresh, kept);
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

/** Whoever is signed out is led there. */
const isSignIn = (response) => response.redirected && new URL(response.url).pathname === '/sign-in';

const SENDING = t('Sending…');
const running = new WeakMap();
/** `waited`: what it said when it was sent, if it waited before it went out; its author may be elsewhere by now. */
const send = async (form, submitter, waited) => {
  const post = (submitter?.formMethod || form.method) === 'post';
  if (post && running.has(form)) return;
  running.get(form)?.abort();
  const abort = new AbortController();
  running.set(form, abort);
  const [data, late] = [waited ?? new FormData(form, submitter), Boolean(waited)];
  const action = new URL(
    submitter?.getAttribute('formaction') || form.getAttribute('action') || location.href,
    location.href,
  );
  const files = [...data.values()].some((value) => value instanceof File);
  const status = post && form.querySelector('[data-draft-status]');
  if (post) submitter?.setAttribute('aria-busy', 'true');
  if (status) status.textContent = SENDING;
  let response, answer;
  const online = navigator.onLine;
  try {
    if (!post) action.search = new URLSearchParams(data);
    const body = files || form.enctype === 'multipart/form-data' ? data : new URLSearchParams(data);
    response = await ask(action, post ? { method: 'POST', body, signal: abort.signal } : { signal: abort.signal });
    answer = parse(await response.text());
  } catch (error) {
    if (error.name === 'AbortError') return;
    const unsent = new CustomEvent('fh:unsent', {
      bubbles: true,
      cancelable: true,
      detail: { action: action.pathname, data, tried: online || navigator.onLine },
    });
    // Whoever keeps it says so.
    if (!post || form.dispatchEvent(unsent))
      toast(
        post
          ? t('No connection. Your text is kept; send it again when the desk is back.')
          : t('No connection. Try again in a moment.'),
        true,
      );
    return;
  } finally {
    submitter?.removeAttribute('aria-busy');
    if (status?.textContent === SENDING) status.textContent = '';
    if (running.get(form) === abort) running.delete(form);
  }
  if (isSignIn(response)) tell('fh:signed-out', form, answer);
  else if (response.ok) done(form, post, response, answer, action, data, late);
  else refused(form, answer, late);
};
const done = (form, post, response, answer, action, data, late) => {
  // What was typed since it was sent is another text.
  const since = (field) => field.form === form && /text/.test(field.type) && isDirty(field) && !data.getAll(field.name).includes(field.value);
  if (post) tell('fh:sent', form, data);
  if (post && form.elements.advance?.checked && new URL(response.url).pathname !== location.pathname)
    return location.assign(response.url);
  const area = form.querySelector('textarea');
  const count = swapAll(idsOf(form), answer, post ? since : isDirty);
  if (post && area?.isConnected) {
    if (!since(area)) area.value = area.defaultValue;
    if (!late) area.focus();
  }
  if (!post) history.replaceState({ live: idsOf(form) }, '', action);
  else if (!count && response.redirected) location.assign(response.url);
};
const refused = (form, answer, late) => {
  const ids = idsOf(form);
  // A part of another page, shown beside this one, says by itself what is wrong.
  const own = ids.find((id) => id.endsWith('-sheet'));
  if (!swapAll(new Set(own ? ids : ['sheet', 'errors', ...ids]), answer)) {
    toast(answer.querySelector('h1, h2')?.textContent || t('That did not work. Nothing was changed; try again.'), true);
    return;
  }
  const notice = document.querySelector(`#${own ?? 'sheet'} > .notice`);
  if (!notice || (late && !form.contains(document.activeElement) && document.activeElement.matches('input, textarea')))
    return;
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
  const submitter = event.submitter;
  const data = new FormData(form, submitter);
  const hold = new CustomEvent('fh:hold', {
    bubbles: true,
    cancelable: true,
    detail: { submitter, go: () => send(form, submitter, data) },
  });
  if (submitter?.dataset.hold && !form.dispatchEvent(hold)) return;
  send(form, submitter);
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
    tell('fh:leaving', document);
    if (!response.ok || !swapAll(ids, answer)) return location.assign(href);
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
    else if (response.ok) swapAll(ids, parse(await response.text()));
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

// Who only types needs to know too whether anybody listens. A guest has no stream to hear.
if (document.querySelector('meta[name=person]') && document.querySelector('[data-live-topic], [data-draft]')) {
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
      if (lostAt) {
        changed(null);
        tell('fh:back', document);
      }
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
    time.textContent = minutes < 60 ? t('{} min ago', minutes) : t('{} h ago', Math.round(minutes / 60));
  }
}, 30_000);

arrive(document);
