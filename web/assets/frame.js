// A framed page talks to the shop's page around it: to the origins that the server names, in answer to their first word, and
// never about who is there. The shop learns the state of the checkout, its height, and the token of an approved purchase.
const page = document.body, facts = page.dataset, origins = facts.origins.split(' ');
const form = document.querySelector('form.pay-form');
let shop;
const tell = m => { if (shop) parent.postMessage({ zahlziel: 1, ...m }, shop); };
const height = () => Math.ceil(page.getBoundingClientRect().height);
const state = () => tell({ type: 'state', state: facts.state, token: facts.token, errors: 'errors' in facts, height: height() });
const hold = yes => { if (form?.elements.hold) form.elements.hold.value = yes ? 'yes' : ''; };

async function send(data) {
  const answer = await fetch(facts.base + '/data', {
    method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(data),
  });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

async function authorize(m) {
  let changed = false;
  if (m.data) {
    const answer = await send(m.data);
    if (answer.invalid_fields.length) return tell({ type: 'invalid', fields: answer.invalid_fields });
    changed = answer.changed;
  }
  if (facts.state === 'refused') return tell({ type: 'declined' });
  if (form && (facts.state === 'pay' || facts.state === 'held' && !m.hold)) {
    hold(m.hold);
    return form.requestSubmit();
  }
  if (facts.state === 'identify' && changed || facts.state === 'done' && (changed || m.again)) return location.replace(facts.base);
  state();
}

if (parent !== window) {
  for (const a of document.querySelectorAll('a[href]')) if (!a.href.endsWith('/identify') && a.getAttribute('href')[0] !== '#') { a.target = '_blank'; a.rel = 'noopener'; }
  addEventListener('message', e => {
    const m = e.data;
    if (e.source !== parent || !origins.includes(e.origin) || m?.zahlziel !== 1) return;
    shop = e.origin;
    if (m.type === 'hello') { hold(m.hold !== false); state(); }
    if (m.type === 'authorize') authorize(m).catch(() => tell({ type: 'failed' }));
  });
  document.querySelector('[data-decline]')?.addEventListener('click', () => tell({ type: 'declined' }));
  new ResizeObserver(() => tell({ type: 'height', height: height() })).observe(page);
}
