// What a device keeps: a worker that opens pages without a connection, and words that are sent when there is one again.

const OUTBOX = '{outbox}';
const person = document.querySelector('meta[name=person]')?.content;
const outbox = () => import(OUTBOX);
// Without a connection nobody can be asked who is signed in.
if (person) remember('freehold-person', person);
const unsent = recall('freehold-unsent');
// The way back through the history shows nobody's page whom the device has forgotten.
addEventListener('pageshow', (event) => {
  if (!event.persisted || !person || recall('freehold-person') === person) return;
  document.documentElement.hidden = true;
  location.reload();
});
// Browsers have neither where a page does not come by TLS or from the device itself.
if (navigator.serviceWorker && navigator.locks) {
  const worker = () => navigator.serviceWorker.register('/sw.js').catch(() => {});
  if (person) addEventListener('load', worker);
  if (unsent || document.querySelector('[data-outbox]')) outbox().catch(() => {});
  document.addEventListener('fh:unsent', (event) => {
    if (!event.target.matches('[data-outbox]')) return;
    event.preventDefault();
    outbox()
      .then(({ keep }) => keep(event.target, event.detail))
      .catch(() => {
        const detail = t('No connection. Your text is kept; send it again when the desk is back.');
        document.dispatchEvent(new CustomEvent('fh:say', { detail }));
      });
  });
}
