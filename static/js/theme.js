// Without this the button posts its form and the page comes back in the other theme.
// With it the page changes at once and the form is sent behind it.
const root = document.documentElement;

const isDark = () =>
  (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';

for (const form of document.querySelectorAll('form[data-theme-form]')) {
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    root.dataset.theme = isDark() ? 'light' : 'dark';
    const data = new FormData(form);
    data.set('theme', root.dataset.theme);
    fetch(form.action, {
      method: 'POST', body: new URLSearchParams(data), credentials: 'same-origin', redirect: 'manual',
      keepalive: true, headers: { 'X-Requested-With': 'fetch' },
    }).catch(() => {}); // the page has changed; the profile hears of the next press
  });
}
