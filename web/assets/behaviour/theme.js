// Light or dark, contrast and room: at once here, and in a cookie for the next page.

document.addEventListener('submit', (event) => {
  if (!event.target.matches('[data-look-switch]') || !event.submitter) return;
  event.preventDefault();
  const { name, value } = event.submitter;
  document.documentElement.dataset[name] = value;
  document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${location.protocol === 'https:' ? '; Secure' : ''}`;
  for (const button of event.target.querySelectorAll(`button[name="${name}"]`))
    button.setAttribute('aria-pressed', String(button === event.submitter));
});
