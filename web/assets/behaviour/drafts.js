// Typed text is never lost: kept in the browser until a send was acknowledged.

const PREFIX = 'freehold-draft:';
const MONTH = 30 * 24 * 3600 * 1000;
// A guest writes at a computer that many use: what they typed goes with their window.
const place = (key) => (key.startsWith('guest:') ? 'sessionStorage' : 'localStorage');
const drafted = (key) => recallValue(PREFIX + key, place(key));
const keep = (key, text) => remember(PREFIX + key, text.trim() && JSON.stringify({ text, at: Date.now() }), place(key));
const say = (area, words) => {
  const status = area.form?.querySelector('[data-draft-status]');
  // That it is being sent says more.
  if (status && status.textContent !== t('Sending…')) status.textContent = words;
};
const FIELDS = 'input[data-draft], textarea[data-draft]';
const areas = (root) => [...root.querySelectorAll(FIELDS)];
// Said only while the connection is lost, and only if it is true.
const sayKept = () => {
  const typed = areas(document).filter((area) => area.value.trim());
  const kept = typed.length && typed.every((area) => drafted(area.dataset.draft)?.text === area.value);
  for (const words of document.querySelectorAll('[data-live-kept]')) words.hidden = !kept;
};

const restore = (root) => {
  for (const area of areas(root)) {
    const draft = drafted(area.dataset.draft);
    // What a form proposes gives way to what was typed over it.
    const newer = !(draft?.at < Number(area.dataset.draftAt));
    if (draft?.text && newer && draft.text !== area.value && area.value === area.defaultValue) {
      area.value = draft.text;
      say(area, t('Your draft is back'));
    } else if (area.dataset.draftAt && area.value) say(area, t('Your draft is back'));
  }
};

let draftTimer;
const save = (area) => {
  clearTimeout(draftTimer);
  draftTimer = undefined;
  if (keep(area.dataset.draft, area.value)) say(area, area.value.trim() ? t('Draft saved') : '');
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
document.addEventListener('fh:leaving', flush);
document.addEventListener('fh:lost', () => {
  flush();
  sayKept();
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) flush();
});

document.addEventListener('fh:sent', (event) => {
  flush();
  for (const area of areas(event.target)) {
    // What was typed since is another text.
    if (event.detail.get(area.name) !== area.value) continue;
    keep(area.dataset.draft, '');
    // A draft that the desk had kept is sent with it.
    if (area.dataset.draftAt) area.defaultValue = '';
    delete area.dataset.draftAt;
    say(area, '');
  }
  sayKept();
});

// Sent from a page that has gone since.
document.addEventListener('fh:forget', ({ detail }) => {
  // What was typed since is another text.
  if (drafted(detail.draft)?.text.trim() === detail.text.trim()) keep(detail.draft, '');
  for (const area of areas(document))
    if (area.dataset.draft === detail.draft && area.value.trim() === detail.text.trim()) {
      area.value = area.defaultValue = '';
      delete area.dataset.draftAt;
      say(area, '');
    }
});

// Drafts of a month ago help nobody.
for (const name of namesFrom(PREFIX)) if (!(recallValue(name)?.at > Date.now() - MONTH)) remember(name, '');

document.addEventListener('fh:swapped', (event) => restore(event.target));
restore(document);
