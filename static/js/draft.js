// Without this nothing is saved before the form is sent, and the browser's own "leave page?" does not appear.
// textarea[data-draft-url]: posts its form (without files) 1.2 s after the last key and when the page is left.
// Words on the textarea: data-words-saved, data-words-failed, shown in the element named by data-draft-state.
const PAUSE = 1200;

const known = new WeakSet();
function draft(text) {
  if (known.has(text) || !text.form) return;
  known.add(text);
  const form = text.form;
  const state = document.getElementById(text.dataset.draftState);
  let timer = 0;
  let saving = null;
  let sent = false;
  let saved = fields().toString();

  function fields() {
    const data = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') data.append(name, value);
    return data;
  }
  const tell = (words) => { if (state && state.textContent !== words) state.textContent = words ?? ''; };
  const post = (data, options = {}) => fetch(text.dataset.draftUrl, {
    method: 'POST', body: data, credentials: 'same-origin', redirect: 'manual', headers: { 'X-Requested-With': 'fetch' }, ...options,
  });
  const save = async () => {
    const data = fields();
    if (sent || data.toString() === saved) return;
    saving?.abort(); // a slow older copy must not overtake the newer one
    saving = new AbortController();
    try {
      const answer = await post(data, { signal: saving.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      saved = data.toString();
      tell(text.dataset.wordsSaved);
    } catch (error) {
      if (error.name !== 'AbortError') tell(text.dataset.wordsFailed);
    }
  };
  const soon = () => {
    tell('');
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  };
  const flush = () => {
    clearTimeout(timer);
    const data = fields();
    if (sent || data.toString() === saved) return;
    saved = data.toString();
    // keepalive requests hold at most 64 KiB; the browser refuses more, and then the last pause's copy stands
    post(data, { keepalive: true }).catch(() => {});
  };

  form.addEventListener('input', soon);
  form.addEventListener('change', soon);
  form.addEventListener('submit', (e) => {
    if (e.defaultPrevented) return;
    sent = true; // what is sent is no draft any more
    clearTimeout(timer);
    saving?.abort();
  });
  addEventListener('pagehide', flush);
  document.addEventListener('visibilitychange', () => { if (document.hidden) flush(); });
  addEventListener('online', save);
  addEventListener('pageshow', (e) => { if (e.persisted) sent = false; });
}

const all = (root) => { for (const text of root.querySelectorAll('textarea[data-draft-url]')) draft(text); };
document.addEventListener('part:replaced', (e) => all(e.target));
all(document);
