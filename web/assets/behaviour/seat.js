// Keeps a concurrent token, or a place in line for one, while its owner looks at the page, and only then.

const BEAT = 60_000;
let lastBeat = Date.now();

const beat = async () => {
  const seat = document.querySelector('[data-heartbeat]');
  if (!seat || document.visibilityState !== 'visible') return;
  lastBeat = Date.now();
  try {
    const body = new URLSearchParams({ csrf: seat.dataset.csrf });
    const response = await fetch(seat.dataset.heartbeat, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { Accept: 'text/html' },
      body,
    });
    if (response.status === 204) return;
    const fresh = parse(await response.text()).getElementById(seat.id);
    if (response.ok && fresh && seat.isConnected) seat.replaceWith(document.adoptNode(fresh));
  } catch {
    /* the next beat tries again; the lease outlives several */
  }
};
setInterval(beat, BEAT);
// A page that was hidden catches up at once.
document.addEventListener('visibilitychange', () => {
  if (Date.now() - lastBeat > BEAT) beat();
});
