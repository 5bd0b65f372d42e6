// Without this every action is still a visible button or link; the keys and the palette are extra.
// Keys live on what they press: data-key="r" or data-key="g m" on any visible button, link or radio,
// with data-key-focus="id" for what to write in afterwards. html[data-single-keys="off"] turns
// everything off but Ctrl+K (WCAG 2.1.4).
const root = document.documentElement;
const palette = document.querySelector('dialog.palette');
const help = document.querySelector('dialog[data-help]');
const TYPED = 'textarea, select, [contenteditable="true"], input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"], [type="file"])';

const seen = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const keyed = () => [...document.querySelectorAll('[data-key]')].filter((element) => seen(element) && !element.closest('dialog'));

function press(element) {
  element.click();
  const target = document.getElementById(element.dataset.keyFocus ?? '');
  if (target) target.focus();
  else if (element.matches('input, select, textarea')) element.focus();
}
function show(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector('input')?.focus();
}

/* ---- Keys ---- */
function step(by) {
  const rows = [...document.querySelectorAll('.q-subj')].filter(seen);
  const here = rows.findIndex((row) => row.closest('.q-row')?.contains(document.activeElement));
  const start = here < 0 ? rows.findIndex((row) => row.closest('[aria-current]')) : here;
  const next = rows[Math.max(0, Math.min(rows.length - 1, start + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
const fixed = {
  '?': () => show(help),
  '/': () => document.querySelector('[data-search]')?.focus(),
  j: () => step(1),
  k: () => step(-1),
  x: () => document.activeElement?.closest('.q-row')?.querySelector('.q-sel')?.click(),
};

let begun = '';
let forget = 0;
document.addEventListener('keydown', (e) => {
  if ((e.metaKey || e.ctrlKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === 'k') {
    if (palette) { e.preventDefault(); show(palette); }
    return;
  }
  if (root.dataset.singleKeys === 'off' || e.metaKey || e.ctrlKey || e.altKey || e.isComposing) return;
  if (e.key.length !== 1 || e.target.closest?.(TYPED) || document.querySelector('dialog[open]')) return;
  const keys = begun ? `${begun} ${e.key.toLowerCase()}` : e.key.toLowerCase();
  begun = '';
  clearTimeout(forget);
  const elements = keyed();
  const element = elements.find((one) => one.dataset.key === keys);
  if (element) {
    e.preventDefault();
    press(element);
  } else if (elements.some((one) => one.dataset.key.startsWith(`${keys} `))) {
    begun = keys;
    forget = setTimeout(() => { begun = ''; }, 1500);
  } else if (fixed[keys]) {
    e.preventDefault();
    fixed[keys]();
  }
});

/* ---- Palette: what can be done here, where to go, what is found ---- */
if (palette) {
  const host = palette.querySelector('[data-combobox]');
  const input = palette.querySelector('[role="combobox"]');
  const here = palette.querySelector('[data-here]');
  const found = palette.querySelector('[data-found]');
  let asking = null;
  let wait = 0;

  const option = (element) => {
    const row = document.createElement('div');
    row.className = 'option';
    row.setAttribute('role', 'option');
    row.setAttribute('aria-selected', 'false');
    const words = document.createElement('span');
    const label = element.labels?.[0] ?? element;
    words.textContent = (element.dataset.keyLabel ?? element.getAttribute('aria-label') ?? label.textContent).replace(/\s+/g, ' ').trim();
    const keys = document.createElement('span');
    keys.className = 'keys';
    for (const key of element.dataset.key.split(' ')) {
      const cap = document.createElement('kbd');
      cap.textContent = key.toUpperCase();
      keys.append(cap);
    }
    row.append(words, keys);
    row.addEventListener('choose', () => { palette.close(); press(element); });
    return row;
  };
  new MutationObserver(() => {
    if (!palette.open) return;
    const actions = keyed().filter((element) => !element.closest('.rail'));
    here.replaceChildren(...actions.map(option));
    input.value = '';
    found?.replaceChildren();
    host.dispatchEvent(new CustomEvent('combobox:refresh'));
  }).observe(palette, { attributes: true, attributeFilter: ['open'] });

  input.addEventListener('input', () => {
    clearTimeout(wait);
    asking?.abort();
    const words = input.value.trim();
    if (!found || !host.dataset.foundSrc || words.length < 2) { found?.replaceChildren(); return; }
    wait = setTimeout(async () => {
      asking = new AbortController();
      try {
        const answer = await fetch(host.dataset.foundSrc + encodeURIComponent(words), {
          signal: asking.signal, credentials: 'same-origin', headers: { 'X-Requested-With': 'fetch' },
        });
        if (answer.ok && !answer.redirected) found.innerHTML = await answer.text();
        host.dispatchEvent(new CustomEvent('combobox:refresh'));
      } catch { /* a newer question was asked, or the line is gone */ }
    }, 150);
  });
}
