// Without this reply and note are radio buttons; ground and words change by CSS; each way to send is a button.
// Host: form.composer. Radios inside .composer-tabs (value public or note); the text carries its name for
// the ear per kind in data-public and data-note. Ctrl+Enter sends, Ctrl+Shift+Enter presses [data-send-solve].
const known = new WeakSet();
function composer(form) {
  if (known.has(form)) return;
  known.add(form);
  const text = form.querySelector('textarea');
  const send = form.querySelector('[data-send]');
  const kinds = [...form.querySelectorAll('.composer-tabs input[type="radio"]')];

  const show = () => {
    const kind = kinds.find((radio) => radio.checked)?.value;
    if (!kind) return;
    if (text?.dataset[kind]) text.setAttribute('aria-label', text.dataset[kind]);
  };
  const grow = () => {
    if (!text || CSS.supports('field-sizing', 'content')) return;
    text.rows = Math.min(18, Math.max(Number(text.dataset.rows ??= text.rows), text.value.split('\n').length + 1));
  };
  for (const radio of kinds) radio.addEventListener('change', show);
  text?.addEventListener('input', grow);
  form.addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey) || e.isComposing) return;
    const button = e.shiftKey ? form.querySelector('[data-send-solve]') : send ?? form.querySelector('button:not([type="button"])');
    // A note solves nothing: those ways to send are hidden then.
    if (!button || button.closest('.reply-only')?.checkVisibility() === false) return;
    e.preventDefault();
    form.requestSubmit(button);
  });
  show();
  grow();
}

const all = (root) => { for (const form of root.querySelectorAll('form.composer')) composer(form); };
document.addEventListener('part:replaced', (e) => all(e.target));
all(document);
