// The keyboard: walking a queue, writing, the palette and the sheet of keys.

const SINGLE = 'freehold-single-keys';
const singleKeys = () => {
  try {
    return localStorage.getItem(SINGLE) !== 'off';
  } catch {
    return true;
  }
};
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
  const choice = document.querySelector(`.composer input[name="kind"][value="${kind}"]`);
  if (choice) choice.checked = true;
  const area = document.getElementById('composer-body');
  area?.focus();
  return Boolean(area);
};
const press = (key) => {
  const button = [...document.querySelectorAll(`[data-key="${key}"]`)].find(shown);
  button?.click();
  return Boolean(button);
};

// Rows chosen to be changed together.
const picks = () => [...document.querySelectorAll('.row-pick input')];
const countPicks = () => {
  const chosen = picks().filter((box) => box.checked).length;
  for (const words of document.querySelectorAll('[data-picked]')) words.textContent = `${chosen} chosen`;
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

const single = {
  h: () => openPalette('Snooze'),
  x: pick,
  X: () => pickAll(true),
  j: () => walk(1),
  k: () => walk(-1),
  r: () => write('reply'),
  n: () => write('note'),
  '/': () => [...document.querySelectorAll('[data-search]')].find(shown)?.focus(),
  '?': () => document.getElementById('keys')?.showModal(),
};

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === 'k' && document.getElementById('palette')) {
    event.preventDefault();
    openPalette();
    return;
  }
  if (command && event.key === 'Enter') {
    const form = event.target.closest('form');
    if (form?.querySelector('[data-key]') && press(event.shiftKey ? 'solve' : 'send')) event.preventDefault();
    return;
  }
  if (command || event.altKey || !singleKeys() || typing(event.target) || document.querySelector('dialog:modal'))
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
  box.addEventListener('change', () => {
    try {
      localStorage.setItem(SINGLE, box.checked ? 'on' : 'off');
    } catch {
      /* not kept */
    }
  });
}

// The palette offers what the page offers: links and buttons with data-command, those of the ticket first.
const palette = document.getElementById('palette');
const input = palette?.querySelector('input');
const list = palette?.querySelector('ul');
let offers = [];
let chosen = 0;

const openPalette = (typed = '') => {
  if (!palette || palette.open) return;
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
  offers = [...document.querySelectorAll('[data-command]')]
    .map((element) => ({
      element,
      words: element.dataset.command,
      ticket: element.closest('#ticket') ? 1 : 0,
      hint: element.closest('#ticket') ? 'this ticket' : element.closest('.side') ? 'go to' : '',
    }))
    .map((each) => ({ ...each, rank: fit(each.words, typed) }))
    .filter((each) => each.rank >= 0)
    .sort((a, b) => b.rank - a.rank || b.ticket - a.ticket)
    .slice(0, 40);
  if (typed)
    offers.push({
      words: `Search for “${typed}”`,
      hint: 'tickets',
      href: `${palette.dataset.searchUrl}?q=${encodeURIComponent(typed)}`,
    });
  chosen = 0;
  list.replaceChildren(
    ...offers.map(({ words, hint }, nth) => {
      const item = document.createElement('li');
      item.id = `palette-${nth}`;
      item.setAttribute('role', 'option');
      item.textContent = words;
      const quiet = document.createElement('span');
      quiet.className = 'end';
      quiet.textContent = hint;
      item.append(quiet);
      item.addEventListener('click', () => choose(nth));
      return item;
    }),
  );
  mark();
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
  else picked.element.click();
};
input?.addEventListener('input', offer);
palette?.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    chosen = (chosen + step + offers.length) % Math.max(1, offers.length);
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
