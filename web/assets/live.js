// A form with data-live asks again whenever one of its fields changes and puts the new answer in the place of the old one.
// Without this file the form works by its button.
for (const form of document.querySelectorAll('form[data-live]')) {
  const place = document.getElementById(form.dataset.live);
  const days = form.querySelector('input[type=range]');
  const said = form.querySelector('output');
  let wait, asked = 0;
  const say = () => { if (days && said) said.value = said.dataset.text.replace('#', days.value); };
  const ask = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(form.action + '?' + new URLSearchParams(new FormData(form)), { credentials: 'same-origin' });
      const fresh = answer.ok && new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(place.id);
      if (fresh && mine === asked) place.replaceChildren(...fresh.childNodes);
    } catch { /* the button still works */ }
  };
  form.addEventListener('input', () => { say(); clearTimeout(wait); wait = setTimeout(ask, 250); });
  say();
}
