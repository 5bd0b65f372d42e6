// Without this a second press sends the form again; the server's idempotency key still makes one thing of it.
const BUTTONS = 'button:not([type="button"]):not([type="reset"]), input[type="submit"]';

document.addEventListener('submit', (e) => {
  const form = e.target;
  if (e.defaultPrevented || form.method === 'dialog' || form.hasAttribute('data-many')) return;
  if (form.dataset.sent) { e.preventDefault(); return; }
  form.dataset.sent = '1';
  // After the browser has read the pressed button's name and value, not before.
  setTimeout(() => {
    const outside = form.id ? [...document.querySelectorAll(`[form="${CSS.escape(form.id)}"]`)].filter((b) => b.matches(BUTTONS)) : [];
    for (const button of [...form.querySelectorAll(BUTTONS), ...outside]) {
      button.setAttribute('aria-disabled', 'true');
      if (button === e.submitter) button.setAttribute('aria-busy', 'true');
    }
  });
  // A download or a lost connection leaves the page standing: let the person try again.
  setTimeout(() => free(form), 8000);
});

function free(form) {
  delete form.dataset.sent;
  for (const button of document.querySelectorAll(BUTTONS)) {
    if (button.form !== form) continue;
    button.removeAttribute('aria-disabled');
    button.removeAttribute('aria-busy');
  }
}

// Back in the history may bring the page as it was left.
addEventListener('pageshow', (e) => {
  if (e.persisted) for (const form of document.querySelectorAll('form[data-sent]')) free(form);
});
