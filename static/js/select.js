// Without this the field is the native <select>, which stays the form's value in any case.
// Makes select[data-combobox-select] searchable: builds an input with a listbox beside it (combobox.js
// brings it to life), takes over label, hint and error, and writes every choice back into the select.
const make = (name, attributes, ...inside) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(key, value);
  element.append(...inside);
  return element;
};
const textOf = (option) => option?.value === '' ? '' : option?.textContent.trim() ?? '';

const known = new WeakSet();
function searchable(select) {
  if (known.has(select)) return;
  known.add(select);
  const id = select.id || `select-${Math.random().toString(36).slice(2)}`;
  const list = make('div', { class: 'listbox', id: `${id}_list`, role: 'listbox', hidden: '' });
  const add = (option) => {
    if (option.value === '') return;
    const hint = option.dataset.hint;
    list.append(make('div', {
      class: 'option', role: 'option', id: `${id}_o${option.index}`, 'data-index': option.index,
      'data-also': option.dataset.also ?? null, 'aria-selected': String(option.selected),
    }, make('span', { class: 'grow' }, option.textContent.trim()), ...(hint ? [make('span', { class: 'small muted' }, hint)] : [])));
  };
  for (const child of select.children) {
    if (child.matches('optgroup')) {
      list.append(make('div', { class: 'listbox-group', role: 'presentation' }, child.label));
      for (const option of child.children) add(option);
    } else add(child);
  }
  if (select.dataset.wordsNone) {
    list.append(make('div', { class: 'listbox-group', 'data-none': '', hidden: '' }, select.dataset.wordsNone));
  }
  const input = make('input', {
    class: 'combo-input', id, type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false',
    'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id,
    'aria-describedby': select.getAttribute('aria-describedby'), 'aria-invalid': select.getAttribute('aria-invalid'),
    'aria-required': select.required ? 'true' : null, 'aria-label': select.getAttribute('aria-label'),
    placeholder: select.options[0]?.value === '' ? select.options[0].textContent.trim() : null,
  });
  input.disabled = select.disabled;
  const label = document.querySelector(`label[for="${CSS.escape(id)}"]`);
  list.setAttribute('aria-label', label?.textContent.trim() ?? select.getAttribute('aria-label') ?? '');
  const combo = make('div', { class: 'combo' }, input, list);
  const arrow = select.parentElement.matches('.select') ? select.parentElement.querySelector('.icon') : null;
  if (arrow) combo.prepend(arrow.cloneNode(true));
  const host = make('div', {
    'data-combobox': '', 'data-filter': 'local', 'data-quiet': '',
    'data-words-count': select.dataset.wordsCount ?? null, 'data-words-none': select.dataset.wordsNone ?? null,
  }, combo);

  const frame = select.parentElement.matches('.select') ? select.parentElement : select;
  select.removeAttribute('id');
  select.required = false; // the browser cannot point at a field nobody sees; the server asks
  frame.hidden = true;
  frame.after(host);

  const show = () => {
    input.value = textOf(select.selectedOptions[0]);
    for (const row of list.querySelectorAll('[role="option"]')) {
      row.setAttribute('aria-selected', String(Number(row.dataset.index) === select.selectedIndex));
    }
  };
  const pick = (index) => {
    if (select.selectedIndex === index) { show(); return; }
    select.selectedIndex = index;
    show();
    select.dispatchEvent(new Event('change', { bubbles: true }));
  };
  host.addEventListener('choose', (e) => { e.stopPropagation(); pick(Number(e.detail.dataset.index)); });
  host.addEventListener('focusin', () => input.select());
  // Opening shows everything again, although the field holds the chosen words.
  const openAll = () => { for (const row of list.children) row.hidden = row.matches('[data-none]'); };
  input.addEventListener('focus', openAll);
  host.addEventListener('focusout', (e) => {
    if (host.contains(e.relatedTarget)) return;
    const empty = [...select.options].findIndex((option) => option.value === '');
    if (input.value.trim() === '' && empty >= 0) pick(empty); else show();
  });
  select.form?.addEventListener('reset', () => setTimeout(show));
  show();
  host.dispatchEvent(new CustomEvent('part:replaced', { bubbles: true }));
}

const all = (root) => { for (const select of root.querySelectorAll('select[data-combobox-select]')) searchable(select); };
document.addEventListener('part:replaced', (e) => all(e.target));
all(document);
