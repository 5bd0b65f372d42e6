// Without this the words beside a form stay as they were when the page came.
// form[data-fragment-field][data-fragment-src][data-fragment-into]: when the named field changes, the server is
// asked for a fragment (src?field=value), which replaces what is in the elements with those ids.
for (const form of document.querySelectorAll('form[data-fragment-src]')) {
  const { fragmentField: name, fragmentSrc: src, fragmentInto: into } = form.dataset;
  let asking = null;
  form.addEventListener('change', async (e) => {
    if (e.target.name !== name) return;
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(`${src}?${new URLSearchParams({ [name]: e.target.value })}`, {
        signal: asking.signal, credentials: 'same-origin', headers: { 'X-Requested-With': 'fetch' },
      });
      if (!answer.ok || answer.redirected) return;
      const html = await answer.text();
      for (const id of into.split(' ')) document.getElementById(id).innerHTML = html;
    } catch { /* offline or asked again meanwhile: the words of before stand, the server decides */ }
  });
}
