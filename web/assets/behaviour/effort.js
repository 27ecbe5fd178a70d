// What it takes to get help, counted: how long and how many actions until a ticket, how a search ends, forms that are begun.
// Of where somebody went and what they typed nothing is kept, but the words of a search that found nothing.

const VISIT = 'freehold-visit';
const IDLE = 30 * 60 * 1000;
const person = document.querySelector('meta[name=person]')?.content;
const BEGUN = `freehold-begun:${person}`;
const tell = (what, body) =>
  fetch(`/effort/${what}`, {
    method: 'POST',
    credentials: 'same-origin',
    keepalive: true,
    body: new URLSearchParams(body),
  });

if (person && document.querySelector('.employee')) {
  let visit;
  /** `goesOn`: it belongs to the visit before, however long somebody sat over it. */
  const act = (goesOn) => {
    const now = Date.now();
    visit = recallValue(VISIT, 'sessionStorage');
    if (visit?.person !== person || !(goesOn || now - visit.last < IDLE)) visit = { person, at: now, actions: 0 };
    visit.actions += 1;
    visit.last = now;
    remember(VISIT, JSON.stringify(visit), 'sessionStorage');
  };
  act();
  addEventListener('pageshow', (event) => event.persisted && act());
  document.addEventListener(
    'submit',
    ({ target }) => {
      if (target.method !== 'post') return;
      act(true);
      const { took, actions, begun } = target.elements;
      if (!took) return;
      took.value = Math.round((Date.now() - visit.at) / 1000);
      actions.value = visit.actions;
      if (begun) begun.value = recall(BEGUN) ?? '';
    },
    true,
  );
  document.addEventListener('fh:sent', ({ target }) => {
    const { took, begun } = target.elements;
    if (took) remember(VISIT, '', 'sessionStorage');
    if (begun) remember(BEGUN, '');
  });

  document.addEventListener('input', ({ target: { form }, isTrusted }) => {
    const day = form?.dataset.begun;
    // What a script fills in was begun before, and what was begun days ago is not this one.
    if (!day || !isTrusted || day - recall(BEGUN) < 2) return;
    remember(BEGUN, day);
    const untold = () => remember(BEGUN, '');
    tell('begun', { csrf: form.elements.csrf.value, day }).then((answer) => answer.status === 204 || untold(), untold);
  });

  let search;
  const end = (opened) => {
    if (search) tell('search', { ...search, opened }).catch(() => {});
    search = undefined;
  };
  const alike = (one, other) => {
    let same = 0;
    while (same < one.length && one[same] === other[same]) same += 1;
    return same * 2 >= Math.min(one.length, other.length);
  };
  document.addEventListener('fh:swapped', ({ target }) => {
    const { searched: place, csrf } = target.dataset;
    const q = place && document.querySelector('.ask [name=q]').value.trim();
    // What was taken back was not looked for.
    if (place && !q) search = undefined;
    if (!q) return;
    // Words that somebody goes on with are one search; it is over when they look for something else, or leave.
    if (search && !alike(search.q, q)) end(false);
    if (!search) act();
    search = { place, q, csrf };
  });
  document.addEventListener(
    'click',
    ({ target }) => {
      const link = target.closest('[data-searched] a');
      if (link) end(!link.matches('.send'));
    },
    true,
  );
  addEventListener('pagehide', () => end(false));
}
