// Whether this device is told when something waits: what is so, what its browser does not allow, and the switch.

const form = document.querySelector('[data-push]');
const knob = form.querySelector('[role=switch]');
const state = document.getElementById('push-state');
const fields = form.elements;
const say = (text) => {
  state.textContent = globalThis.freeholdWords?.[text] ?? text;
};
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const BLOCKED = 'Your browser blocks messages from this desk. Allow notifications for this site in its settings, then reload this page.';

/** Why this device cannot be told, if so. */
const impossible = () => {
  if (!isSecureContext) return 'Browsers allow this only where the desk is reached by https.';
  // Only Safari on iPhone and iPad says so; there, only what is on the home screen may.
  if (navigator.standalone === false && !window.PushManager)
    return 'On an iPhone or iPad, add the desk to the home screen first: Share, then “Add to Home Screen”. Open it from there, and come back to this page.';
  if (!navigator.serviceWorker || !window.PushManager || !window.Notification) return 'This browser cannot be told anything.';
  return '';
};

/** The entry of the list that is this device, if it is told. */
const entryOf = async (subscription) => {
  if (!subscription) return null;
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(subscription.endpoint));
  return document.querySelector(`[data-device="${base64url(hash)}"]`);
};
const subscribed = async () => (await navigator.serviceWorker.ready).pushManager.getSubscription();

const show = async () => {
  const why = impossible();
  if (why) return say(why);
  const entry = await entryOf(await subscribed());
  knob.hidden = false;
  knob.setAttribute('aria-checked', Boolean(entry));
  if (entry) entry.querySelector('[data-this]').hidden = false;
  if (Notification.permission === 'denied') return say(BLOCKED);
  say(entry ? 'This device is told.' : 'This device is told nothing.');
};

const on = async () => {
  if ((await Notification.requestPermission()) !== 'granted')
    return say(Notification.permission === 'denied' ? BLOCKED : 'Your browser did not allow it; press again to be asked again.');
  say('Asking the browser’s push service…');
  const { pushManager } = await navigator.serviceWorker.ready;
  const old = await pushManager.getSubscription();
  const key = old?.options.applicationServerKey;
  // It belongs to a key that the desk no longer has.
  if (key && base64url(key) !== form.dataset.push) await old.unsubscribe();
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: form.dataset.push });
  const { endpoint, keys } = subscription.toJSON();
  Object.assign(fields.namedItem('endpoint'), { value: endpoint });
  Object.assign(fields.namedItem('p256dh'), { value: keys.p256dh });
  Object.assign(fields.namedItem('auth'), { value: keys.auth });
  form.requestSubmit();
};
const off = async () => {
  const subscription = await subscribed();
  const entry = await entryOf(subscription);
  await subscription?.unsubscribe().catch(() => {});
  entry?.querySelector('form').requestSubmit();
};

knob.addEventListener('click', async () => {
  if (knob.ariaBusy === 'true') return;
  knob.ariaBusy = 'true';
  try {
    await (knob.getAttribute('aria-checked') === 'true' ? off() : on());
  } catch {
    say('The browser’s push service did not answer. Nothing has changed; try again later, or ask whether your network lets it through.');
  } finally {
    knob.ariaBusy = 'false';
  }
});
show().catch(() => say('This browser cannot be told anything.'));
