// Without this everything is still there: menus are <details>, toasts stay, filters are open, rows are links.
// Small behaviours that need no module of their own.

// Parts that do nothing without script are hidden until there is one.
for (const part of document.querySelectorAll('[data-needs-script]')) part.hidden = false;

// Disclosure: <button aria-controls aria-expanded data-toggle>.
document.addEventListener('click', (e) => {
  const button = e.target.closest('[aria-controls][data-toggle]');
  if (!button) return;
  const target = document.getElementById(button.getAttribute('aria-controls'));
  if (!target) return;
  target.hidden = !target.hidden;
  for (const other of document.querySelectorAll(`[data-toggle][aria-controls="${target.id}"]`)) {
    if (other.hasAttribute('aria-expanded')) other.setAttribute('aria-expanded', String(!target.hidden && other === button));
  }
});

// Menus close when the person goes elsewhere, and give the focus back on Escape.
const closeMenus = (except) => {
  for (const menu of document.querySelectorAll('details.pop[open]')) if (menu !== except) menu.open = false;
};
document.addEventListener('click', (e) => closeMenus(e.target.closest('details.pop')));
document.addEventListener('focusin', (e) => closeMenus(e.target.closest('details.pop')));
document.addEventListener('keydown', (e) => {
  if (e.key !== 'Escape') return;
  const menu = document.querySelector('details.pop[open]');
  if (!menu) return;
  menu.open = false;
  menu.querySelector('summary')?.focus();
});

// Dialogs: an opener shows it, a click on the scrim closes it.
document.addEventListener('click', (e) => {
  const opener = e.target.closest('[data-open]');
  const dialog = opener && document.getElementById(opener.dataset.open);
  if (dialog && !dialog.open) {
    e.preventDefault();
    dialog.showModal();
    dialog.querySelector('[autofocus], input:not([type="hidden"])')?.focus();
  } else if (e.target.matches('dialog[open]')) e.target.close();
});

// Bulk bar: appears with the first tick.
const count = () => {
  const bar = document.querySelector('.bulk');
  if (!bar) return;
  const ticked = document.querySelectorAll('.q-sel:checked').length;
  bar.hidden = ticked === 0;
  const number = bar.querySelector('[data-count]');
  if (number) number.textContent = String(ticked);
};
document.addEventListener('change', (e) => { if (e.target.matches('.q-sel')) count(); });
document.addEventListener('part:replaced', count);
document.addEventListener('click', (e) => {
  if (!e.target.closest('[data-clear]')) return;
  for (const box of document.querySelectorAll('.q-sel:checked')) box.checked = false;
  count();
});
count();

// Toasts move into the top layer, so that a dialog never hides them, and are spoken because they
// arrive after the page. Good news leaves by itself unless somebody reads it; errors stay.
for (const box of document.querySelectorAll('.toasts')) {
  const toasts = [...box.children];
  if (box.showPopover) { box.popover = 'manual'; box.showPopover(); }
  box.replaceChildren();
  setTimeout(() => box.append(...toasts), 60);
  for (const toast of toasts.filter((t) => !t.matches('.toast-bad'))) {
    const leave = () => { if (toast.matches(':hover, :focus-within')) setTimeout(leave, 3000); else toast.remove(); };
    setTimeout(leave, 12000);
  }
}
document.addEventListener('click', (e) => {
  const part = e.target.closest('[data-dismiss]')?.closest('.toast, .banner');
  part?.remove();
});

// After a refused form the eye and the focus go to what has to change.
document.querySelector('[data-error-summary]')?.focus();

for (const log of document.querySelectorAll('[role="log"]')) {
  const scroller = log.closest('[data-live-scroll]') ?? log;
  scroller.scrollTop = scroller.scrollHeight;
}
// Filters start folded on a phone; without script they are simply open.
if (matchMedia('(width < 48rem)').matches) {
  for (const box of document.querySelectorAll('[data-fold-on-phone]')) box.open = false;
}
