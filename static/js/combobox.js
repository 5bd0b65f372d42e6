// Without this the field is a plain search field with a button, or a native <select>.
// A text input that owns a listbox (ARIA combobox, list autocomplete). Host: [data-combobox].
//   data-filter="local"       hides options that do not hold every typed word
//   data-source="/…?q="       asks the server for an HTML fragment of options instead
//   data-quiet                does not open on focus
//   data-stays                the list is always there (palette); [data-found] inside it is never filtered
//   data-words-count / data-words-none    spoken and shown: "{n} results", "Nothing found"
// Choosing an option that is a link follows it; any other fires `choose` with the option as detail.
const fold = (text) => text.toLocaleLowerCase(document.documentElement.lang).normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('ı', 'i');
let serial = 0;

const known = new WeakSet();
function combobox(host) {
  const input = host.querySelector('[role="combobox"]');
  const list = host.querySelector('[role="listbox"]');
  if (!input || !list || known.has(host)) return;
  known.add(host);
  const said = document.createElement('span');
  said.className = 'vh';
  said.setAttribute('role', 'status');
  host.append(said);
  const items = () => [...list.querySelectorAll('[role="option"]:not([hidden])')];
  let active = null;
  let asking = null;
  let wait = 0;
  let composing = false;

  const stays = host.hasAttribute('data-stays');
  const open = (asked) => {
    const yes = asked || stays;
    list.hidden = !yes;
    input.setAttribute('aria-expanded', String(yes));
    if (!yes) mark(null);
  };
  const mark = (option) => {
    active?.classList.remove('is-active');
    active = option;
    if (!active) { input.removeAttribute('aria-activedescendant'); return; }
    active.id ||= `option-${serial += 1}`;
    active.classList.add('is-active');
    active.scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', active.id);
  };
  const move = (step) => {
    const all = items();
    if (list.hidden) open(true);
    if (!all.length) return;
    const at = all.indexOf(active);
    mark(at < 0 ? all.at(step > 0 ? 0 : -1) : all[(at + step + all.length) % all.length]);
  };
  const choose = (option) => {
    if (option.matches('a[href]')) { location.assign(option.href); return; }
    open(false);
    option.dispatchEvent(new CustomEvent('choose', { bubbles: true, detail: option }));
  };
  const tell = () => {
    const n = items().length;
    const words = n ? host.dataset.wordsCount : host.dataset.wordsNone;
    said.textContent = words ? words.replace('{n}', String(n)) : '';
    const none = list.querySelector('[data-none]');
    if (none) none.hidden = n > 0;
  };
  const filter = () => {
    const words = fold(input.value).split(/\s+/).filter(Boolean);
    let heading = null;
    for (const row of list.querySelectorAll('.listbox-group, [role="option"]')) {
      if (row.closest('[data-found]') || row.matches('[data-none]')) continue;
      if (row.matches('.listbox-group')) { heading = row; heading.hidden = true; }
      else {
        const text = fold(row.textContent + (row.dataset.also ?? ''));
        row.hidden = !words.every((w) => text.includes(w));
        if (!row.hidden && heading) heading.hidden = false;
      }
    }
    tell();
    if (!list.hidden) mark(words.length ? items()[0] ?? null : null);
  };
  const ask = async () => {
    asking?.abort();
    const words = input.value.trim();
    if (!words) { open(false); return; }
    asking = new AbortController();
    try {
      const answer = await fetch(host.dataset.source + encodeURIComponent(words), {
        signal: asking.signal, credentials: 'same-origin', headers: { 'X-Requested-With': 'fetch' },
      });
      if (!answer.ok || answer.redirected) return;
      const html = await answer.text();
      mark(null);
      list.innerHTML = html;
      tell();
      open(list.childElementCount > 0);
    } catch (error) { if (error.name !== 'AbortError') open(false); }
  };
  const typed = () => {
    if (composing) return; // half a Japanese word is no question yet
    if (!host.dataset.source) { open(true); filter(); return; }
    clearTimeout(wait);
    asking?.abort();
    wait = setTimeout(ask, 150);
  };

  input.addEventListener('compositionstart', () => { composing = true; });
  input.addEventListener('compositionend', () => { composing = false; typed(); });
  input.addEventListener('input', typed);
  input.addEventListener('focus', () => { if (!host.hasAttribute('data-quiet') && items().length) open(true); });
  input.addEventListener('click', () => { if (list.hidden && items().length) open(true); });
  input.addEventListener('keydown', (e) => {
    if (e.isComposing || composing) return;
    if (e.key === 'ArrowDown') { e.preventDefault(); move(1); }
    else if (e.key === 'ArrowUp') { e.preventDefault(); move(-1); }
    else if (e.key === 'Enter' && !list.hidden && active) { e.preventDefault(); choose(active); }
    else if (e.key === 'Escape' && !list.hidden && !stays) { e.preventDefault(); e.stopPropagation(); open(false); }
    else if (e.key === 'Tab') open(false);
  });
  list.addEventListener('mousedown', (e) => e.preventDefault());
  list.addEventListener('click', (e) => {
    const option = e.target.closest('[role="option"]');
    if (option && !option.matches('a[href]')) choose(option);
  });
  // Any way of leaving closes it, except into its own list.
  host.addEventListener('focusout', (e) => { if (!host.contains(e.relatedTarget) && !host.closest('dialog')) open(false); });
  host.addEventListener('combobox:refresh', () => { if (host.dataset.source) ask(); else filter(); });
}

const all = (root) => {
  if (root.matches?.('[data-combobox]')) combobox(root);
  for (const host of root.querySelectorAll('[data-combobox]')) combobox(host);
};
document.addEventListener('part:replaced', (e) => all(e.target));
all(document);
