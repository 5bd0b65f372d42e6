// Without this it is a plain file field that takes several files; the server says what does not fit.
// Keeps earlier picks, takes drops and pasted pictures, shows each file with a button to remove it.
// Host: [data-dropzone] round an <input type="file">, with data-list (id of an <ul>) and
//   data-max-bytes, data-max-files, data-types=".png .pdf", and words: data-words-size ({name}, {limit}),
//   data-words-type ({name}), data-words-many ({limit}), data-words-remove ({name}), data-words-added ({name}).
const SVG = 'http://www.w3.org/2000/svg';
const lang = document.documentElement.lang || undefined;
const say = (words, values) => Object.entries(values).reduce((text, [key, value]) => text.replaceAll(`{${key}}`, value), words ?? '');

function sizeWords(bytes) {
  const [unit, value] = bytes < 1e6 ? ['kilobyte', bytes / 1e3] : ['megabyte', bytes / 1e6];
  const digits = unit === 'megabyte' && value < 10 ? 1 : 0;
  return new Intl.NumberFormat(lang, { style: 'unit', unit, maximumFractionDigits: digits })
    .format(Math.max(value, unit === 'kilobyte' ? 1 : 0));
}
function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `${document.documentElement.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}
function span(className, text) {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

const known = new WeakSet();
function dropzone(zone) {
  const input = zone.querySelector('input[type="file"]');
  const list = document.getElementById(zone.dataset.list);
  if (!input || !list || known.has(zone)) return;
  known.add(zone);
  zone.dataset.ready = '1'; // the style sheet hides the plain file field
  const words = (kind, values) => say(zone.dataset[`words${kind}`], values);
  const said = span('vh', '');
  said.setAttribute('role', 'status');
  zone.append(said);
  let kept = [];

  const give = () => {
    const transfer = new DataTransfer();
    for (const file of kept) transfer.items.add(file);
    input.files = transfer.files;
  };
  const trouble = (file) => {
    const most = Number(zone.dataset.maxBytes);
    if (most && file.size > most) return words('Size', { name: file.name, limit: sizeWords(most) });
    const types = (zone.dataset.types ?? '').toLowerCase().split(/[\s,]+/).filter(Boolean);
    if (types.length && !types.some((t) => file.name.toLowerCase().endsWith(t))) return words('Type', { name: file.name });
    return '';
  };
  const row = (file, problem) => {
    const line = document.createElement('li');
    line.className = problem ? 'file file-bad' : 'file';
    const name = span('grow cut', file.name);
    line.append(icon(problem ? 'alert' : file.type.startsWith('image/') ? 'image' : 'file'));
    if (problem) line.append(span('grow', problem));
    else {
      const remove = document.createElement('button');
      remove.type = 'button';
      remove.className = 'btn btn-quiet btn-icon btn-s';
      remove.append(icon('x'), span('vh', words('Remove', { name: file.name })));
      remove.addEventListener('click', () => {
        kept = kept.filter((other) => other !== file);
        give();
        const next = line.nextElementSibling?.querySelector('button') ?? line.previousElementSibling?.querySelector('button');
        line.remove();
        (next ?? input).focus();
      });
      line.append(name, span('muted nowrap', sizeWords(file.size)), remove);
    }
    list.append(line);
  };
  const add = (files) => {
    for (const old of list.querySelectorAll('.file-bad')) old.remove();
    const most = Number(zone.dataset.maxFiles) || Infinity;
    const heard = [];
    for (const file of files) {
      const same = kept.some((k) => k.name === file.name && k.size === file.size && k.lastModified === file.lastModified);
      if (same) continue;
      if (!input.multiple && kept.length) { kept = []; list.replaceChildren(); }
      const problem = kept.length >= most ? words('Many', { limit: String(most), name: file.name }) : trouble(file);
      if (!problem) kept.push(file);
      row(file, problem);
      heard.push(problem || words('Added', { name: file.name }));
    }
    give();
    said.textContent = heard.join(' ');
  };

  let depth = 0;
  const over = (yes) => zone.toggleAttribute('data-over', yes);
  const holdsFiles = (e) => e.dataTransfer?.types.includes('Files');
  zone.addEventListener('dragenter', (e) => { if (holdsFiles(e)) { e.preventDefault(); depth += 1; over(true); } });
  zone.addEventListener('dragover', (e) => { if (holdsFiles(e)) e.preventDefault(); });
  zone.addEventListener('dragleave', () => { depth = Math.max(0, depth - 1); if (!depth) over(false); });
  zone.addEventListener('drop', (e) => {
    if (!holdsFiles(e)) return;
    e.preventDefault();
    depth = 0;
    over(false);
    add(e.dataTransfer.files);
  });
  zone.addEventListener('paste', (e) => {
    if (!e.clipboardData?.files.length) return;
    e.preventDefault();
    add(e.clipboardData.files);
  });
  // For the mouse; the keyboard reaches the file field itself.
  zone.querySelector('[data-pick]')?.addEventListener('click', () => input.click());
  // The browser replaces the list on every pick; we put the earlier ones back.
  input.addEventListener('change', () => add([...input.files]));
  if (input.files.length) add([...input.files]); // the browser kept them over a reload
}

const all = (root) => {
  if (root.matches?.('[data-dropzone]')) dropzone(root);
  for (const zone of root.querySelectorAll('[data-dropzone]')) dropzone(zone);
};
document.addEventListener('part:replaced', (e) => all(e.target));
all(document);
