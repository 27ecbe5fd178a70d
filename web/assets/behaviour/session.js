// Signed out elsewhere, or for too long: the page stays, says so, and signs in again without losing a word.

const atSignIn = (response) => new URL(response.url).pathname === '/sign-in';

let dialog;
const build = () => {
  const made = document.createElement('dialog');
  made.className = 'sheet';
  made.id = 'signed-out';
  made.setAttribute('aria-labelledby', 'signed-out-title');
  const title = document.createElement('h2');
  title.id = 'signed-out-title';
  title.textContent = t('You are signed out');
  const lead = document.createElement('p');
  lead.textContent = t('What you typed is kept. Sign in here and go on, or in another tab and come back.');
  const place = document.createElement('div');
  const acts = document.createElement('div');
  acts.className = 'acts';
  for (const [words, act] of [
    [t('I have signed in elsewhere'), () => resume()],
    [t('Not now'), () => made.close()],
  ]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button';
    button.textContent = words;
    button.addEventListener('click', act);
    acts.append(button);
  }
  made.append(title, lead, place, acts);
  document.body.append(made);
  return made;
};
/** Shows the form of the sign-in page in the dialog. */
const fill = (answer) => {
  const form = answer.querySelector('form[action="/sign-in"]');
  if (!form) return;
  // Only whether it worked is asked here.
  let next = form.elements.namedItem('next');
  if (!next) {
    next = answer.createElement('input');
    next.type = 'hidden';
    next.name = 'next';
    form.append(next);
  }
  next.value = '/me';
  const own = document.adoptNode(form);
  own.addEventListener('submit', (event) => {
    event.preventDefault();
    signIn(own);
  });
  dialog.children[2].replaceChildren(own);
  (own.querySelector('[aria-invalid=true]') ?? own.querySelector('input:not([type=hidden])'))?.focus();
};
const offer = (answer) => {
  dialog ??= build();
  if (dialog.open) return;
  document.querySelector('[popover]:popover-open')?.hidePopover();
  dialog.showModal();
  fill(answer);
};
const signIn = async (form) => {
  try {
    const response = await ask('/sign-in', { method: 'POST', body: new URLSearchParams(new FormData(form)) });
    const answer = parse(await response.text());
    if (atSignIn(response)) fill(answer);
    else resume();
  } catch {
    /* the page says that there is no connection */
  }
};
/** The page goes on with the new session, if it is the same person's. */
const resume = async () => {
  try {
    const response = await ask(location.href);
    if (atSignIn(response)) return fill(parse(await response.text()));
    const fresh = parse(await response.text());
    // The panel is of another page; what is typed in it is a draft like any other.
    const typed = [...document.querySelectorAll('[data-draft]')].filter((field) => !field.closest('#ask-panel'));
    const same = typed.every((field) => fresh.querySelector(`[data-draft="${CSS.escape(field.dataset.draft)}"]`));
    // What was typed is in the browser, under the name of who typed it.
    if (!typed.length || !same) return location.reload();
    const token = fresh.querySelector('input[name=csrf]')?.value;
    for (const field of document.querySelectorAll('input[name=csrf]')) field.value = token;
    for (const place of document.querySelectorAll('[data-csrf]')) place.dataset.csrf = token;
    dialog.close();
    typed[0].focus();
    document.dispatchEvent(
      new CustomEvent('fh:say', { detail: t('You are signed in again. Your text is here; send it now.') }),
    );
  } catch {
    /* the page says that there is no connection */
  }
};

document.addEventListener('fh:signed-out', async (event) => {
  if (event.detail) return offer(event.detail);
  // The stream has ended: is it the session, or the connection?
  try {
    const response = await ask('/sign-in?next=/me');
    if (atSignIn(response)) offer(parse(await response.text()));
  } catch {
    /* it is the connection */
  }
});
