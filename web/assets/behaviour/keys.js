// The keyboard: walking a queue, writing, the palette and the sheet of keys.

const SINGLE = 'freehold-single-keys';
const singleKeys = () => recall(SINGLE) !== 'off';
const typing = (element) =>
  element.closest('input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]');
const shown = (element) => element && element.checkVisibility();

const walk = (step) => {
  const rows = [...document.querySelectorAll('[data-row]')].filter(shown);
  if (!rows.length) return;
  const focused = rows.indexOf(document.activeElement);
  const here = focused >= 0 ? focused : rows.findIndex((row) => row.getAttribute('aria-current') === 'true');
  const next = rows[Math.max(0, Math.min(rows.length - 1, here < 0 ? 0 : here + step))];
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
};
const write = (kind) => {
  if (document.querySelector('.composer.is-held')) return false;
  const choice = document.querySelector(`.composer input[name="kind"][value="${kind}"]`);
  if (choice) choice.checked = true;
  const area = document.getElementById('composer-body');
  area?.focus();
  // A draft that is there already is gone on with.
  area?.setSelectionRange(area.value.length, area.value.length);
  return Boolean(area);
};
const press = (form, key) => {
  const button = [...form.querySelectorAll(`[data-key="${key}"]`)].find(shown);
  button?.click();
  return Boolean(button);
};

// Rows chosen to be changed together.
const picks = () => [...document.querySelectorAll('.row-pick input')];
const countPicks = () => {
  const chosen = picks().filter((box) => box.checked).length;
  for (const words of document.querySelectorAll('[data-picked]')) words.textContent = t('{} chosen', chosen);
};
const pickAll = (checked) => {
  for (const box of picks()) box.checked = checked;
  countPicks();
};
const pick = () => {
  const row = document.activeElement.closest('.row') ?? document.querySelector('.row:has([aria-current=true])');
  row?.querySelector('.row-pick input')?.click();
};
document.addEventListener('change', countPicks);
document.addEventListener('fh:swapped', countPicks);
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-pick]');
  if (!button) return;
  event.preventDefault();
  pickAll(button.dataset.pick === 'all');
});

// What is changed in one press: of the row that has the focus, or of the ticket that stands open.
const near = () => {
  const at = document.activeElement.closest('[data-quick]');
  return (at ?? document.querySelector('#ticket [data-quick]'))?.dataset.quick;
};
/** Fetches the choices into the page, and offers them alone. */
const quick = async (address, part = '') => {
  if (!address) return;
  const url = new URL(address, location.href);
  url.searchParams.set('part', part);
  try {
    const fresh = parse(await (await ask(url)).text()).getElementById('quick');
    if (!fresh) return location.assign(url);
    fresh.hidden = true;
    // The list of this page is not the one that stands beside a ticket: that one hears of the change by itself.
    if (url.searchParams.has('listed') && document.getElementById('ticket'))
      for (const form of fresh.querySelectorAll('form')) form.dataset.live = 'side seat';
    document.getElementById('quick')?.remove();
    palette.before(fresh);
    openPalette('', fresh);
  } catch {
    // The list stays: without a connection there is nowhere to go.
    document.dispatchEvent(new CustomEvent('fh:say', { detail: t('No connection. Try again in a moment.') }));
  }
};
document.addEventListener('click', (event) => {
  const cell = event.target.closest('[data-quick-part]');
  if (!cell || !palette || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  quick(cell.closest('[data-quick]').dataset.quick, cell.dataset.quickPart);
});

const single = {
  a: () => quick(near(), 'assignee'),
  g: () => quick(near(), 'group'),
  p: () => quick(near(), 'priority'),
  s: () => quick(near(), 'state'),
  e: () => quick(near()),
  h: () => openPalette(t('Snooze')),
  x: pick,
  X: () => pickAll(true),
  '[': () => document.querySelector('a[data-before]')?.click(),
  ']': () => document.querySelector('a[data-next]')?.click(),
  z: () => document.querySelector('[data-undo]')?.click(),
  j: () => walk(1),
  k: () => walk(-1),
  r: () => write('reply'),
  n: () => write('note'),
  '/': () => [...document.querySelectorAll('[data-search]')].find(shown)?.focus(),
  '?': () => document.getElementById('keys')?.showModal(),
};

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  // Some keyboards write brackets with AltGr, which is Ctrl and Alt to some systems.
  const bracket = event.key === '[' || event.key === ']';
  const command = (event.ctrlKey || event.metaKey) && !(bracket && event.altKey);
  if (command && event.key.toLowerCase() === 'k' && document.getElementById('palette')) {
    event.preventDefault();
    openPalette();
    return;
  }
  if (command && event.key === 'Enter') {
    const form = event.target.closest('form');
    if (form && press(form, event.shiftKey ? 'solve' : 'send')) event.preventDefault();
    return;
  }
  if (command || (event.altKey && !bracket) || !singleKeys() || typing(event.target) || document.querySelector('dialog:modal'))
    return;
  // Outside a ticket there is nothing to put off.
  if (event.key === 'h' && !document.getElementById('ticket')) return;
  const act = Object.hasOwn(single, event.key) && single[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

for (const box of document.querySelectorAll('[data-single-keys]')) {
  box.checked = singleKeys();
  box.addEventListener('change', () => remember(SINGLE, box.checked ? 'on' : 'off'));
}

// The palette offers what the page offers: links and buttons with data-command, those of the ticket first.
const palette = document.getElementById('palette');
const input = palette?.querySelector('input');
const list = palette?.querySelector('ul');
let offers = [];
let doable = [];
let moved = false;
let chosen = 0;

// What the page can do, and the key that does it: words, key, whether it can be done now.
const verbs = [
  [t('Assign it…'), 'a', near],
  [t('Give it to a group…'), 'g', near],
  [t('Change its priority…'), 'p', near],
  [t('Move it on…'), 's', near],
  [t('Change anything of it…'), 'e', near],
  [t('Put it off…'), 'h', () => document.getElementById('ticket')],
  [t('Write a reply'), 'r', () => document.getElementById('composer-body')],
  [t('Write a work note'), 'n', () => document.getElementById('composer-body')],
  [t('Choose it, to change several together'), 'x', () => picks().length],
  [t('What the keys do'), '?', () => document.getElementById('keys')],
];
let only = null; // the choices that are offered alone
let objects = [];
const openPalette = (typed = '', choices = null) => {
  if (!palette || palette.open) return;
  // What has the focus now is what keys and commands are about.
  [only, objects, doable] = [choices, [], verbs.filter(([, , can]) => can())];
  doable.address = near();
  input.placeholder = choices ? `${choices.dataset.words}…` : input.dataset.words;
  palette.showModal();
  input.value = typed;
  offer();
};
/** How well words fit what was typed: as a start, as a start of a word, as letters in order; negative for not at all. */
const fit = (words, typed) => {
  const [hay, needle] = [words.toLowerCase(), typed.toLowerCase()];
  if (hay.startsWith(needle)) return 3;
  if (hay.includes(` ${needle}`)) return 2;
  if (hay.includes(needle)) return 1;
  let at = -1;
  for (const letter of needle) {
    at = hay.indexOf(letter, at + 1);
    if (at < 0) return -1;
  }
  return 0;
};
const offer = () => {
  const typed = input.value.trim();
  const commands = [...(only ?? document).querySelectorAll('[data-command]')]
    .filter((element) => only || !element.closest('#quick'))
    .map((element) => ({
      element,
      words: element.dataset.command,
      ticket: element.closest('#ticket, #context') ? 1 : 0,
      hint: only ? '' : element.closest('#ticket, #context') ? t('this ticket') : element.closest('.side') ? t('go to') : '',
    }));
  const keyed = only ? [] : doable.map(([words, key]) => ({ words, key, ticket: 2, hint: '' }));
  const known = new Set(commands.map(({ words }) => words));
  offers = [...keyed, ...commands, ...objects.filter(({ words }) => !known.has(words))]
    .map((each) => ({ ...each, rank: each.rank ?? fit(each.words, typed) }))
    .filter((each) => each.rank >= 0)
    .sort((a, b) => b.rank - a.rank || b.ticket - a.ticket)
    .slice(0, 60);
  if (typed && !only)
    offers.push({
      words: t('Search for “{}”', typed),
      hint: t('tickets'),
      href: `${palette.dataset.searchUrl}?q=${encodeURIComponent(typed)}`,
    });
  chosen = 0;
  list.replaceChildren(
    ...offers.map(({ words, hint, key }, nth) => {
      const item = document.createElement('li');
      item.id = `palette-${nth}`;
      item.setAttribute('role', 'option');
      item.textContent = words;
      const quiet = document.createElement('span');
      quiet.className = 'end';
      quiet.textContent = hint;
      item.append(quiet);
      if (key) item.append(Object.assign(document.createElement('kbd'), { textContent: key }));
      item.addEventListener('click', () => choose(nth));
      return item;
    }),
  );
  if (!offers.length) list.append(none());
  mark();
};
const none = () => {
  const item = document.createElement('li');
  item.className = 'quiet';
  item.setAttribute('role', 'option');
  item.setAttribute('aria-disabled', 'true');
  item.textContent = only?.querySelector('[data-none]')?.textContent ?? t('Nothing like that');
  return item;
};
const mark = () => {
  [...list.children].forEach((item, nth) => item.setAttribute('aria-selected', String(nth === chosen)));
  input.setAttribute('aria-activedescendant', offers.length ? `palette-${chosen}` : '');
  list.children[chosen]?.scrollIntoView({ block: 'nearest' });
};
const choose = (nth) => {
  const picked = offers[nth];
  if (!picked) return;
  palette.close();
  if (picked.href) location.assign(picked.href);
  else if (picked.element) picked.element.click();
  else if (doable.address && /[agpse]/.test(picked.key))
    quick(doable.address, { a: 'assignee', g: 'group', p: 'priority', s: 'state' }[picked.key]);
  else single[picked.key]();
};
// Tickets, people, articles and places come from the desk, a moment after somebody types.
let looking;
const look = async () => {
  const typed = input.value.trim();
  try {
    const answer = parse(await (await ask(`${palette.dataset.findUrl}?q=${encodeURIComponent(typed)}`)).text());
    if (typed !== input.value.trim() || only) return;
    objects = [...answer.querySelectorAll('#found li')].map((item) => ({
      words: item.textContent,
      hint: item.dataset.hint,
      href: item.dataset.href,
      ticket: -1,
      // The desk found the others by more than their names.
      rank: item.hasAttribute('data-place') ? undefined : Math.max(1, fit(item.textContent, typed)),
    }));
    // What somebody moved to stays chosen, wherever it stands now.
    const was = moved && offers[chosen];
    offer();
    const now = offers.findIndex((each) => was && each.words === was.words && each.href === was.href && each.element === was.element);
    if (now > 0) {
      chosen = now;
      mark();
    }
  } catch {
    /* without a connection there is what the page has */
  }
};
input?.addEventListener('input', () => {
  objects = [];
  moved = false;
  offer();
  clearTimeout(looking);
  if (input.value.trim() && !only) looking = setTimeout(look, 120);
});
palette?.addEventListener('keydown', (event) => {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    chosen = (chosen + step + offers.length) % Math.max(1, offers.length);
    moved = true;
    mark();
  }
  if (event.key === 'Enter') {
    event.preventDefault();
    choose(chosen);
  }
});
document.addEventListener('click', (event) => {
  if (event.target.closest('[data-open-palette]')) openPalette();
  else if (event.target.matches('dialog:modal')) {
    // A click on the backdrop closes what can be closed without loss.
    const box = event.target.getBoundingClientRect();
    if (event.clientY < box.top || event.clientY > box.bottom || event.clientX < box.left || event.clientX > box.right)
      event.target.close();
  }
});
