// Light, dark, or as the system: at once here, and in the cookie for the next page.

document.addEventListener('submit', (event) => {
  if (!event.target.matches('[data-theme-switch]')) return;
  event.preventDefault();
  const theme = event.submitter?.value ?? 'system';
  document.documentElement.dataset.theme = theme;
  document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${location.protocol === 'https:' ? '; Secure' : ''}`;
  for (const button of event.target.querySelectorAll('button'))
    button.setAttribute('aria-pressed', String(button === event.submitter));
});
