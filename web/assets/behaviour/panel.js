// The conversation with the bot, beside whatever page is open. Without this, what opens it leads to it.

const OPENERS = 'a[data-ask]';
let panel, place, opener;

const build = () => {
  panel = document.createElement('dialog');
  panel.id = 'ask-panel';
  panel.className = 'ask-panel';
  panel.setAttribute('aria-labelledby', 'ask-title');
  const head = document.createElement('div');
  head.className = 'ask-head';
  const title = document.createElement('h2');
  title.id = 'ask-title';
  title.textContent = t('Ask');
  const whole = document.createElement('a');
  whole.className = 'link';
  whole.href = '/chat';
  whole.textContent = t('Open as a page');
  const shut = document.createElement('button');
  shut.type = 'button';
  shut.className = 'button bare';
  shut.textContent = t('Close');
  shut.addEventListener('click', close);
  head.append(title, whole, shut);
  place = document.createElement('div');
  place.className = 'ask-place';
  panel.append(head, place);
  opener.closest('.employee').append(panel);
};
const load = async () => {
  try {
    const response = await ask('/chat');
    const answer = parse(await response.text());
    const chat = answer.getElementById('chat');
    if (!chat) {
      close();
      if (!response.redirected) return location.assign('/chat');
      return document.dispatchEvent(new CustomEvent('fh:signed-out', { detail: answer }));
    }
    place.replaceChildren(document.adoptNode(chat));
    // Drafts come back.
    chat.dispatchEvent(new CustomEvent('fh:swapped', { bubbles: true }));
  } catch {
    close();
    document.dispatchEvent(new CustomEvent('fh:say', { detail: t('No connection. Try again in a moment.') }));
  }
};
const say = (open) => {
  for (const link of document.querySelectorAll(OPENERS)) link.setAttribute('aria-expanded', String(open));
};
const narrow = matchMedia('(max-width: 640px)');
// On a phone it lies over the page, where nothing may have the focus unseen.
const cover = () => {
  for (const part of panel?.parentElement.children ?? [])
    if (!part.matches('.ask-panel, .tabbar')) part.inert = panel.open && narrow.matches;
};
const open = async (link) => {
  opener = link;
  if (!panel) build();
  panel.show();
  cover();
  say(true);
  if (!place.childElementCount) await load();
  if (!panel.open) return;
  place.scrollTop = place.scrollHeight;
  (panel.querySelector('textarea') ?? panel.querySelector('button')).focus();
};
const close = () => {
  panel.close();
  cover();
  say(false);
  opener.focus();
};

say(false);
narrow.addEventListener('change', cover);
document.addEventListener('click', (event) => {
  const link = event.target.closest(OPENERS);
  // Opened in another tab or window, it is a page.
  const elsewhere = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || event.defaultPrevented || elsewhere) return;
  event.preventDefault();
  if (panel?.open) close();
  else open(link);
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented || !panel?.open) return;
  // What else is open, or is typed in, has the key for itself.
  const at = document.activeElement;
  const own = at?.closest('input, textarea, select, dialog, [popover]') || document.querySelector(':popover-open, :modal');
  if (!own || panel.contains(at)) close();
});
