// Without this every button sends the page and gets it back with one thing changed; strips are drawn anew then.
// form[data-week]: draws each weekday's strip while times are typed, and asks the server for the changed parts
// only when rows are added, taken out or copied, or another country's holidays are chosen.
const DAY = 1440;
const PARTS = ['week', 'holidays', 'days'];
const form = document.querySelector('form[data-week]');
const minutes = (value) => {
  const [hours, rest] = value.split(':').map(Number);
  return value && hours * 60 + rest;
};

// --- Strips ---------------------------------------------------------------------------------

function stretches(day) {
  const found = [];
  for (const row of day.querySelectorAll('.interval')) {
    const [opens, closes] = [...row.querySelectorAll('input')].map((input) => minutes(input.value));
    if (opens === '' || closes === '' || (opens === closes && opens)) continue;
    found.push([opens, closes > opens ? closes : closes + DAY]);
  }
  return found;
}

function draw() {
  const days = [...form.querySelectorAll('[data-weekday]')];
  const open = days.map(() => []);
  days.forEach((day, at) => {
    for (const [start, end] of stretches(day)) {
      open[at].push([start, Math.min(end, DAY)]);
      if (end > DAY) open[(at + 1) % 7].push([0, end - DAY]);
    }
  });
  days.forEach((day, at) => {
    const strip = day.querySelector('.strip');
    for (const bar of strip.querySelectorAll('.on')) bar.remove();
    for (const [start, end] of open[at]) {
      const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      for (const [name, value] of Object.entries({ class: 'on', x: start, width: end - start, height: 10 })) bar.setAttribute(name, value);
      strip.querySelector('.off').after(bar);
    }
  });
}

// --- Rows -----------------------------------------------------------------------------------

// Where the hands go on: the new field, or what stands where the old one was.
function next(pressed) {
  const [verb, number] = pressed.split(' ');
  const last = (selector) => [...form.querySelectorAll(selector)].at(-1);
  const day = `[data-weekday="${number}"]`;
  if (verb === 'add') return last(`${day} .interval input[name$="_opens"]`);
  if (verb === 'drop') return form.querySelector(`${day} .weekday-add`);
  if (verb === 'day') return last('.exception input[type="date"]:not([name$="_until"])');
  if (verb === 'remove') return form.querySelector('button[value="day"]');
  return form.querySelector(verb === 'copy' ? 'button[value="copy"]' : '#holidays input[role="combobox"], #holidays select');
}

let asking = null;
async function press(button) {
  asking?.abort();
  asking = new AbortController();
  const said = new FormData(form);
  said.set('do', button.value);
  form.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(location.pathname + location.search, {
      method: 'POST', body: said, signal: asking.signal, credentials: 'same-origin', headers: { 'X-Requested-With': 'fetch' },
    });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const id of PARTS) {
      const fresh = document.adoptNode(page.getElementById(id));
      document.getElementById(id).replaceWith(fresh);
      fresh.dispatchEvent(new CustomEvent('part:replaced', { bubbles: true }));
    }
    hide();
    next(button.value)?.focus();
  } catch (problem) {
    // Lost connection or signed out meanwhile: the whole page says it better.
    if (problem.name !== 'AbortError') { form.dataset.plain = '1'; form.requestSubmit(button); }
  } finally { form.removeAttribute('aria-busy'); }
}

const hide = () => { for (const part of form.querySelectorAll('[data-without-script]')) part.hidden = true; };

if (form) {
  hide();
  form.addEventListener('input', (e) => { if (e.target.closest('[data-weekday]')) draw(); });
  form.addEventListener('change', (e) => {
    const wish = e.target.dataset.press;
    if (wish) press(form.querySelector(`button[value="${wish}"]`));
  });
  // In the capturing phase: once.js must not take this for a page that is being left.
  document.addEventListener('submit', (e) => {
    const parts = PARTS.map((id) => `#${id}`);
    if (e.target !== form || form.dataset.plain || !parts.includes(e.submitter?.getAttribute('formaction'))) return;
    e.preventDefault();
    press(e.submitter);
  }, true);
}
