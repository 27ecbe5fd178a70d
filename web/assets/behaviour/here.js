// Being at a ticket with others: each sees who is there and who writes, and what is typed is kept by the desk too.

const BEAT = 20_000;
const STILL_TYPING = 6000;
const KEEP_AFTER = 1200;

let at = null; // what the desk was told of: { address, csrf, doing }
let typedAt = 0;

const tell = (address, csrf, doing) => {
  const body = new URLSearchParams({ csrf, doing });
  // It goes out even while the page goes away.
  fetch(address, { method: 'POST', credentials: 'same-origin', keepalive: true, body }).catch(() => {});
};
const leave = () => {
  if (at) tell(at.address, at.csrf, 'gone');
  at = null;
};
const be = (beat) => {
  const here = document.querySelector('[data-here]');
  const visible = here && document.visibilityState === 'visible';
  if (at && (!visible || at.address !== here.dataset.here)) leave();
  if (!visible) return;
  const doing = Date.now() - typedAt < STILL_TYPING ? 'typing' : 'viewing';
  if (!beat && at?.doing === doing) return;
  at = { address: here.dataset.here, csrf: here.dataset.csrf, doing };
  tell(at.address, at.csrf, doing);
};
setInterval(be, BEAT, true);
setInterval(be, STILL_TYPING / 2, false);
document.addEventListener('visibilitychange', () => be(false));
document.addEventListener('fh:swapped', () => be(false));
addEventListener('pagehide', leave);
addEventListener('pageshow', (event) => event.persisted && be(false));

// What is typed in the composer goes to the desk whenever its author rests.
let keepTimer;
const keep = async (form) => {
  clearTimeout(keepTimer);
  keepTimer = undefined;
  if (!form.isConnected) return;
  const status = form.querySelector('[data-draft-status]');
  try {
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch(form.dataset.keep, { method: 'POST', credentials: 'same-origin', keepalive: true, body });
    if (response.ok && !response.redirected && !keepTimer && status && form.querySelector('textarea').value.trim())
      status.textContent = t('Draft saved at the desk');
  } catch {
    /* the browser has it; the next rest tries again */
  }
};
const mind = (event) => {
  const form = event.target.form;
  if (!form?.dataset.keep) return;
  if (event.target.matches('textarea')) {
    typedAt = event.target.value.trim() ? Date.now() : 0;
    be(false);
  }
  clearTimeout(keepTimer);
  keepTimer = setTimeout(keep, KEEP_AFTER, form);
};
document.addEventListener('input', mind);
document.addEventListener('change', (event) => event.target.matches('[type=radio]') && mind(event));
const keepNow = () => {
  const form = document.querySelector('form[data-keep]');
  if (keepTimer && form) keep(form);
};
document.addEventListener('visibilitychange', () => document.hidden && keepNow());
document.addEventListener('fh:leaving', keepNow);
document.addEventListener('fh:sent', (event) => {
  if (!event.target.dataset.keep) return;
  clearTimeout(keepTimer);
  keepTimer = undefined;
  typedAt = 0;
  be(false);
});

be(false);
