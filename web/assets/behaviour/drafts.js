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
const FIELDS = 'input[data-draft], textarea[data-draft]';
const areas = (root) => [...root.querySelectorAll(FIELDS)];
// Said only while the connection is lost, and only if it is true.
const sayKept = () => {
  const typed = areas(document).filter((area) => area.value.trim());
  const kept = typed.length && typed.every((area) => store.get(area.dataset.draft)?.text === area.value);
  for (const words of document.querySelectorAll('[data-live-kept]')) words.hidden = !kept;
};

const restore = (root) => {
  for (const area of areas(root)) {
    const draft = store.get(area.dataset.draft);
    // What a form proposes gives way to what was typed over it.
    const newer = !(draft?.at < Number(area.dataset.draftAt));
    if (draft?.text && newer && draft.text !== area.value && area.value === area.defaultValue) {
      area.value = draft.text;
      say(area, 'Your draft is back');
    } else if (area.dataset.draftAt && area.value) say(area, 'Your draft is back');
  }
};

let draftTimer;
const save = (area) => {
  clearTimeout(draftTimer);
  draftTimer = undefined;
  if (keep(area.dataset.draft, area.value)) say(area, area.value.trim() ? 'Draft saved' : '');
  sayKept();
};
let unsaved;
const flush = () => {
  if (draftTimer && unsaved) save(unsaved);
};
document.addEventListener('input', (event) => {
  if (!event.target.matches(FIELDS)) return;
  if (unsaved !== event.target) flush();
  unsaved = event.target;
  say(unsaved, '');
  clearTimeout(draftTimer);
  draftTimer = setTimeout(save, 400, unsaved);
});
addEventListener('pagehide', flush);
document.addEventListener('fh:lost', () => {
  flush();
  sayKept();
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) flush();
});

document.addEventListener('fh:sent', (event) => {
  clearTimeout(draftTimer);
  draftTimer = undefined;
  for (const area of areas(event.target)) {
    keep(area.dataset.draft, '');
    // A draft that the desk had kept is sent with it.
    if (area.dataset.draftAt) area.defaultValue = '';
    delete area.dataset.draftAt;
    say(area, '');
  }
});

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
