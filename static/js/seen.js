// Without this the button "Mark as read" does it.
// form[data-seen]: posts itself once the page is really looked at, and again when the conversation in it
// grows under the reader's eyes: opening a ticket reads its news.
const form = document.querySelector('form[data-seen]');

async function send() {
  try {
    const answer = await fetch(form.action, {
      method: 'POST', body: new FormData(form), credentials: 'same-origin', headers: { 'X-Requested-With': 'fetch' },
    });
    if (answer.ok) form.hidden = true;
  } catch { /* offline: the button stays */ }
}

if (form) {
  let waits = !form.hidden;
  const look = () => {
    if (!waits || document.hidden) return;
    waits = false;
    send();
  };
  document.addEventListener('visibilitychange', look);
  document.addEventListener('part:replaced', (e) => {
    if (!e.target.matches('#thread')) return;
    waits = true;
    look();
  });
  look();
}
