// Without this the page shows what was so when it was opened; a reload brings the news.
// Opens body[data-live-url] (server-sent events). A `hint` says only that something changed:
// {"topics": ["desk:it"], "ticket": "IT-1"}. Every [data-live="topic topic"] that is named, or that
// listens to "any", fetches its data-live-src again through the ordinary, permission-checked door
// and swaps its content. The answer is a fragment, or a whole page that holds an element with the same id.
const REST = 300;
const timers = new Map();

const topicsOf = (part) => part.dataset.live.split(/\s+/);

/** A way to find the same control again after the swap. */
function address(element, part) {
  if (!element || !part.contains(element) || element === part) return null;
  if (element.id) return `#${CSS.escape(element.id)}`;
  const name = element.getAttribute('name');
  if (name) return `[name="${CSS.escape(name)}"]${element.value ? `[value="${CSS.escape(element.value)}"]` : ''}`;
  const href = element.getAttribute('href');
  return href ? `[href="${CSS.escape(href)}"]` : null;
}

/** Somebody writes in here: what they have must not vanish under their hands. */
const busy = (part) => [...part.querySelectorAll('textarea, input[type="text"], input[type="search"]')]
  .some((field) => field === document.activeElement || field.value !== field.defaultValue);

function swap(part, html) {
  const focused = address(document.activeElement, part);
  const scroller = part.closest('[data-live-scroll]') ?? part;
  const atEnd = part.matches('[role="log"]') && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
  const { scrollTop, scrollLeft } = scroller;
  const ticked = [...part.querySelectorAll('input[type="checkbox"]:checked')].map((box) => address(box, part)).filter(Boolean);
  const opened = [...part.querySelectorAll('details[open][id]')].map((d) => d.id);
  part.innerHTML = html;
  for (const where of ticked) { const box = part.querySelector(where); if (box) box.checked = true; }
  for (const id of opened) { const fold = part.querySelector(`#${CSS.escape(id)}`); if (fold) fold.open = true; }
  if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
  scroller.scrollTop = atEnd ? scroller.scrollHeight : scrollTop;
  scroller.scrollLeft = scrollLeft;
  part.dispatchEvent(new CustomEvent('part:replaced', { bubbles: true }));
}

/** Our part of the answer: all of a fragment, the twin in a whole page, nothing of any other page. */
function ours(html, part) {
  if (!/<html[\s>]/i.test(html)) return html;
  const page = new DOMParser().parseFromString(html, 'text/html');
  const twin = part.id ? page.getElementById(part.id) : null;
  return twin ? twin.innerHTML : null;
}

async function refetch(part) {
  if (!part.isConnected || !part.dataset.liveSrc) return;
  if (busy(part)) { timers.set(part, setTimeout(() => refetch(part), 2000)); return; }
  try {
    const answer = await fetch(part.dataset.liveSrc, {
      credentials: 'same-origin', cache: 'no-store', headers: { 'X-Requested-With': 'fetch' },
    });
    // Signed out or no longer allowed: leave the page as it is, the next click says so.
    if (!answer.ok || answer.redirected) return;
    const html = ours(await answer.text(), part);
    if (html !== null && part.isConnected && !busy(part)) swap(part, html);
  } catch { /* offline: the next hint or the return to this tab tries again */ }
}

function later(part) {
  clearTimeout(timers.get(part));
  timers.set(part, setTimeout(() => refetch(part), REST));
}
function all() { return [...document.querySelectorAll('[data-live]')]; }

function hinted(event) {
  let hint;
  try { hint = JSON.parse(event.data); } catch { return; }
  const names = new Set(['any', ...(hint.topics ?? []), `ticket:${hint.ticket}`]);
  const everything = names.has('everything');
  for (const part of all()) if (everything || topicsOf(part).some((topic) => names.has(topic))) later(part);
}

const url = document.body.dataset.liveUrl;
if (url && window.EventSource) {
  let source = null;
  let missed = false;
  const open = () => {
    source = new EventSource(url, { withCredentials: true });
    source.addEventListener('hint', hinted);
    source.addEventListener('open', () => { if (missed) { missed = false; all().forEach(later); } });
    source.addEventListener('error', () => {
      missed = true;
      // CLOSED means that the browser gave up (a 4xx or 5xx answer): try again in half a minute.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, 30000);
    });
  };
  open();
  document.addEventListener('visibilitychange', () => { if (!document.hidden) all().forEach(later); });
  addEventListener('pagehide', () => source.close());
  addEventListener('pageshow', (e) => { if (e.persisted) { open(); all().forEach(later); } });
}
