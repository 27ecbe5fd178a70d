// What the composer offers: texts behind "/" at the start of a line or a button, people behind "@", tickets behind "#".

// Where it comes from, what the field says, what it is called.
const KINDS = {
  '/': ['texts', t('Insert text…'), t('Texts')],
  '@': ['people', t('Name somebody…'), t('People')],
  '#': ['tickets', t('Name a ticket…'), t('Tickets')],
};
let picker, field, list, sign, none, asked, timer;
let offered = [];
let shown = [];
let chosen = 0;
let target; // where it goes: { area, from, to }

const build = () => {
  picker = document.createElement('dialog');
  picker.className = 'palette texts-picker';
  field = document.createElement('input');
  field.type = 'text';
  field.autocomplete = 'off';
  for (const [name, value] of Object.entries({
    role: 'combobox',
    'aria-expanded': 'true',
    'aria-controls': 'texts-list',
  }))
    field.setAttribute(name, value);
  list = document.createElement('ul');
  list.id = 'texts-list';
  list.setAttribute('role', 'listbox');
  picker.append(field, list);
  document.body.append(picker);
  field.addEventListener('input', () => {
    if (sign === '/') return draw();
    // A heading, or a sign that stands for itself.
    if (/^[\s#@]/.test(field.value)) return picker.close();
    clearTimeout(timer);
    timer = setTimeout(load, 100);
  });
  picker.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      chosen = (chosen + step + shown.length) % Math.max(1, shown.length);
      mark();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      // What was typed last is not looked up yet.
      if (timer) load();
      if (asked) asked.then((found) => found && insert(shown[chosen]));
      else insert(shown[chosen]);
    }
  });
  picker.addEventListener('close', () => {
    const { area, to } = target;
    // What was typed for a name is text if no name was chosen.
    if (to && sign !== '/') put(field.value, to, to);
    target.to = 0;
    area.focus();
  });
};
const put = (text, from, to) => {
  const { area } = target;
  area.setRangeText(text, from, to, 'end');
  area.dispatchEvent(new Event('input', { bubbles: true }));
};
const mark = () => {
  [...list.children].forEach((item, nth) => item.setAttribute('aria-selected', String(nth === chosen)));
  field.setAttribute('aria-activedescendant', shown.length ? `text-${chosen}` : '');
  list.children[chosen]?.scrollIntoView({ block: 'nearest' });
};
const draw = () => {
  const words = sign === '/' ? field.value.trim().toLowerCase().split(/\s+/) : [];
  shown = offered.filter((item) => words.every((word) => item.textContent.toLowerCase().includes(word)));
  chosen = 0;
  list.replaceChildren(
    ...shown.map((item, nth) => {
      const option = item.cloneNode(true);
      option.id = `text-${nth}`;
      option.setAttribute('role', 'option');
      option.addEventListener('click', () => insert(item));
      return option;
    }),
  );
  if (!shown.length) {
    const line = document.createElement('li');
    line.setAttribute('role', 'option');
    line.textContent = none ?? t(offered.length ? 'No text has these words.' : 'No texts yet. Write some under Text modules.');
    list.append(line);
  }
  mark();
};
const insert = (item) => {
  if (!target?.to && sign !== '/') return;
  if (item) {
    put(item.dataset.text, target.from, target.to);
    target.to = 0;
  } else if (sign === '/') return;
  picker.close();
};
/** Asks the desk for what fits; the last question is the one that counts. */
const load = () => {
  clearTimeout(timer);
  timer = 0;
  const address = document.querySelector('[data-texts]').dataset.texts.replace(/texts$/, KINDS[sign][0]);
  const kind = target.area.form.elements.kind?.value ?? '';
  const query = sign === '/' ? '' : `?${new URLSearchParams({ q: field.value, kind })}`;
  const mine = (async () => {
    try {
      const response = await ask(address + query);
      if (!response.ok || response.redirected || (asked && asked !== mine)) return false;
      const answer = parse(await response.text());
      if (asked !== mine) return false;
      const found = answer.getElementById('texts-offered');
      none = found.dataset.none;
      offered = [...found.children].map((item) => document.adoptNode(item));
      draw();
      return true;
    } catch {
      return false;
    } finally {
      if (asked === mine) asked = null;
    }
  })();
  asked = mine;
  return mine;
};
const open = async (kind, area, from, to) => {
  if (!document.querySelector('[data-texts]') || !area) return;
  if (!picker) build();
  sign = kind;
  target = { area, from, to };
  const [, hint, name] = KINDS[kind];
  field.value = '';
  field.placeholder = hint;
  field.setAttribute('aria-label', hint);
  picker.setAttribute('aria-label', hint);
  list.setAttribute('aria-label', name);
  list.replaceChildren();
  offered = shown = [];
  // Whoever writes on is typing a name; a text is looked for first.
  if (kind !== '/') picker.showModal();
  const found = await load();
  if (kind === '/' && found) picker.showModal();
};

document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-texts]')) return;
  event.preventDefault();
  const area = document.getElementById('composer-body');
  open('/', area, area?.selectionStart, area?.selectionEnd);
});
document.addEventListener('input', (event) => {
  const area = event.target;
  if (area.id !== 'composer-body' || !KINDS[event.data]) return;
  const at = area.selectionStart;
  // Elsewhere a slash is a slash, and within a word a sign is a letter.
  if ((event.data === '/' ? /(^|\n)$/ : /(^|[\s(])$/).test(area.value.slice(0, at - 1))) open(event.data, area, at - 1, at);
});
