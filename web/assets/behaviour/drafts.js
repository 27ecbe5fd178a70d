// Typed text is never lost: kept in the browser until a send was acknowledged.

const PREFIX = 'freehold-draft:';
const MONTH = 30 * 24 * 3600 * 1000;
const store = {
  get: (key) => {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + key));
    } catch {
      return null;
    }
  },
};
const keep = (key, text) => {
  try {
    if (text.trim()) localStorage.setItem(PREFIX + key, JSON.stringify({ text, at: Date.now() }));
    else localStorage.removeItem(PREFIX + key);
    return true;
  } catch {
    return false;
  }
};
const say = (area, words) => {
  const status = area.form?.querySelector('[data-draft-status]');
  if (status) status.textContent = words;
};
const areas = (root) => [...root.querySelectorAll('textarea[data-draft]')];

const restore = (root) => {
  for (const area of areas(root)) {
    const draft = store.get(area.dataset.draft);
    if (draft?.text && !area.value) {
      area.value = draft.text;
      say(area, 'Your draft is back');
    }
  }
};

let draftTimer;
const save = (area) => {
  clearTimeout(draftTimer);
  draftTimer = undefined;
  if (keep(area.dataset.draft, area.value)) say(area, area.value.trim() ? 'Draft saved' : '');
};
let unsaved;
document.addEventListener('input', (event) => {
  if (!event.target.matches('textarea[data-draft]')) return;
  unsaved = event.target;
  say(unsaved, '');
  clearTimeout(draftTimer);
  draftTimer = setTimeout(save, 400, unsaved);
});
const flush = () => {
  if (draftTimer && unsaved) save(unsaved);
};
addEventListener('pagehide', flush);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) flush();
});

document.addEventListener('fh:sent', (event) => {
  clearTimeout(draftTimer);
  draftTimer = undefined;
  for (const area of areas(event.target)) {
    keep(area.dataset.draft, '');
    say(area, '');
  }
});
// Without fetch the acknowledgement is the next page, which names the draft that arrived.
for (const sent of document.querySelectorAll('[data-draft-sent]')) keep(sent.dataset.draftSent, '');

// Drafts of a month ago help nobody.
try {
  for (const key of Object.keys(localStorage))
    if (key.startsWith(PREFIX) && !((store.get(key.slice(PREFIX.length))?.at ?? 0) > Date.now() - MONTH))
      localStorage.removeItem(key);
} catch {
  /* no storage, no drafts */
}

document.addEventListener('fh:swapped', (event) => restore(event.target));
restore(document);
