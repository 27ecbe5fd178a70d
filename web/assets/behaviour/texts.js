// Text modules in the composer: "/" at the start of a line, or a button, opens what can be inserted.

let picker, field, list;
let offered = [];
let shown = [];
let chosen = 0;
let target; // where it goes: { area, from, to }

const build = () => {
  picker = document.createElement('dialog');
  picker.className = 'palette texts-picker';
  picker.setAttribute('aria-label', 'Insert text');
  field = document.createElement('input');
  field.type = 'text';
  field.placeholder = 'Insert text…';
  field.autocomplete = 'off';
  for (const [name, value] of Object.entries({
    role: 'combobox',
    'aria-label': 'Find a text',
    'aria-expanded': 'true',
    'aria-controls': 'texts-list',
  }))
    field.setAttribute(name, value);
  list = document.createElement('ul');
  list.id = 'texts-list';
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', 'Texts');
  picker.append(field, list);
  document.body.append(picker);
  field.addEventListener('input', draw);
  picker.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      chosen = (chosen + step + shown.length) % Math.max(1, shown.length);
      mark();
    } else if (event.key === 'Enter') {
      event.preventDefault();
      insert(shown[chosen]);
    }
  });
  picker.addEventListener('close', () => target?.area.focus());
};
const mark = () => {
  [...list.children].forEach((item, nth) => item.setAttribute('aria-selected', String(nth === chosen)));
  field.setAttribute('aria-activedescendant', shown.length ? `text-${chosen}` : '');
  list.children[chosen]?.scrollIntoView({ block: 'nearest' });
};
const draw = () => {
  const words = field.value.trim().toLowerCase().split(/\s+/);
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
    const none = document.createElement('li');
    none.setAttribute('role', 'option');
    none.textContent = offered.length ? 'No text has these words.' : 'No texts yet. Write some under Text modules.';
    list.append(none);
  }
  mark();
};
const insert = (item) => {
  if (!item || !target) return;
  const { area, from, to } = target;
  area.setRangeText(item.dataset.text, from, to, 'end');
  picker.close();
  area.dispatchEvent(new Event('input', { bubbles: true }));
};
const open = async (area, from, to) => {
  const address = document.querySelector('[data-texts]')?.dataset.texts;
  if (!address || !area) return;
  if (!picker) build();
  try {
    const response = await fetch(address, { credentials: 'same-origin', headers: { Accept: 'text/html' } });
    if (!response.ok || response.redirected) return;
    const answer = new DOMParser().parseFromString(await response.text(), 'text/html');
    offered = [...answer.querySelectorAll('#texts-offered > li')].map((item) => document.adoptNode(item));
  } catch {
    return;
  }
  target = { area, from, to };
  field.value = '';
  picker.showModal();
  draw();
};

document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-texts]')) return;
  event.preventDefault();
  const area = document.getElementById('composer-body');
  open(area, area?.selectionStart, area?.selectionEnd);
});
document.addEventListener('input', (event) => {
  const area = event.target;
  if (area.id !== 'composer-body' || event.data !== '/') return;
  const at = area.selectionStart;
  // Elsewhere a slash is a slash.
  if (at === 1 || area.value[at - 2] === '\n') open(area, at - 1, at);
});
