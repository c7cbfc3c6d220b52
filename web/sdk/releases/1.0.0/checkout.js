// The checkout in a shop's page. It needs no framework and, of a content security policy, only script-src and frame-src with our
// origin. The buyer says who they are inside a frame of our origin; this page never holds what proves it.
(() => {
  'use strict';
  const me = document.currentScript, origin = new URL(me.src).origin;
  const categories = ['all', 'pay_later', 'pay_over_time', 'pay_now', 'direct_bank_transfer'];
  const patience = 15000; // how long a frame may stay silent, in milliseconds
  const handlers = {};
  let token, frame, serial = 0;

  class CheckoutError extends Error {
    constructor(name, text) { super(text); this.name = name; }
  }
  const fire = (event, value) => (handlers[event] || []).forEach(h => h(value));

  // A frame is one category in one container. pending is the call that waits for its answer.
  class Frame {
    constructor(box, category, loaded) {
      Object.assign(this, { box, category, loaded, pending: null, declined: false, ready: false, id: ++serial });
      const e = this.element = document.createElement('iframe');
      e.title = document.documentElement.lang.startsWith('en') ? 'Payment' : 'Bezahlung';
      e.src = `${origin}/frame/${token}/${category}`;
      e.referrerPolicy = 'no-referrer';
      Object.assign(e.style, { width: '100%', border: '0', display: 'block', height: '360px' });
      e.addEventListener('load', () => this.hello());
      box.replaceChildren(e);
      this.wait();
    }
    post(m) { this.element.contentWindow?.postMessage({ zahlziel: 1, ...m }, origin); }
    hello() {
      if (!this.element.isConnected) return;
      this.wait();
      this.post({ type: 'hello', hold: !this.pending || this.pending.hold });
    }
    // A frame that cannot be shown says nothing at all.
    wait() { clearTimeout(this.timer); this.timer = setTimeout(() => this.silent(), patience); }
    silent() {
      const error = { code: 'UNAVAILABLE' };
      if (this.loaded) { this.hide(); this.load({ show_form: false, error }); } else this.finish({ approved: false, show_form: true, error });
    }
    load(answer) { const cb = this.loaded; this.loaded = null; cb?.(answer); if (answer.show_form) fire('loaded', answer); }
    finish(answer) {
      const p = this.pending;
      this.pending = null;
      // Without a call that waits, the button in the frame only keeps the choice: the shop's own button buys.
      if (!answer.approved && answer.show_form) this.post({ type: 'hello', hold: true });
      p?.cb?.(answer);
    }
    hide() { clearTimeout(this.timer); this.element.remove(); fire('hidden', { payment_method_category: this.category }); }
    decline() { this.declined = true; this.hide(); this.finish({ approved: false, show_form: false }); }
    authorize(data, hold, again, cb) {
      if (this.declined) return cb?.({ approved: false, show_form: false });
      if (this.pending) return cb?.({ approved: false, show_form: true, error: { code: 'IN_PROGRESS' } });
      this.pending = { cb, hold, sent: true };
      this.wait();
      this.post({ type: 'authorize', hold, again, data: data && Object.keys(data).length ? data : null });
    }
    hear(m) {
      clearTimeout(this.timer);
      if (m.height > 0) this.element.style.height = `${Math.min(Math.ceil(m.height), 10000)}px`;
      if (m.type === 'state') this.state(m);
      if (m.type === 'declined') this.decline();
      if (m.type === 'failed') this.finish({ approved: false, show_form: true, error: { code: 'UNAVAILABLE' } });
      if (m.type === 'invalid') this.finish({ approved: false, show_form: true, error: { invalid_fields: m.fields } });
    }
    state(m) {
      if (m.state === 'unsupported') { this.hide(); return this.load({ show_form: false, error: { code: 'PAYMENT_METHOD_CATEGORY_NOT_SUPPORTED' } }); }
      if (this.loaded) this.load({ show_form: true });
      const p = this.pending;
      if (!p) return;
      if (m.state === 'done') {
        this.finish(m.token ? { approved: true, show_form: true, authorization_token: m.token } : { approved: false, show_form: false });
      } else if (m.state === 'held' && p.hold) {
        this.finish({ approved: true, show_form: true, finalize_required: true });
      } else if (m.state === 'wait' || m.state === 'pay' && m.errors) {
        this.finish({ approved: false, show_form: true });
      } else {
        this.element.scrollIntoView({ block: 'nearest' }); // the next step is the buyer's
      }
    }
  }

  addEventListener('message', e => {
    if (frame && e.origin === origin && e.source === frame.element.contentWindow && e.data?.zahlziel === 1) frame.hear(e.data);
  });

  const opened = () => { if (!token) throw new CheckoutError('ApplicationNotInitializedError', 'Call init with a client_token first'); };
  const shown = options => {
    opened();
    if (!frame || options?.payment_method_category && options.payment_method_category !== frame.category) {
      throw new CheckoutError('PaymentMethodCategoryNotSupportedError', 'Load this payment method category first');
    }
    return frame;
  };
  const split = (data, cb) => typeof data === 'function' ? [null, data] : [data, cb];

  const Payments = {
    init(options) {
      let claims;
      try { claims = JSON.parse(atob(options.client_token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'))); } catch { /* said below */ }
      if (!claims?.session_id || options.client_token.split('.').length !== 3) throw new CheckoutError('InvalidClientTokenError', 'client_token is not one of a session');
      token = options.client_token;
    },
    load(options, data, cb) {
      opened();
      [data, cb] = split(data, cb);
      const box = typeof options.container === 'string' ? document.querySelector(options.container) : options.container;
      if (!(box instanceof Element)) throw new CheckoutError('InvalidContainerSelectorError', 'container finds no element');
      const category = options.payment_method_category || 'all';
      if (!categories.includes(category)) throw new CheckoutError('PaymentMethodCategoryNotSupportedError', `There is no category ${category}`);
      if (frame) { clearTimeout(frame.timer); frame.element.remove(); }
      frame = new Frame(box, category, answer => cb?.(answer));
    },
    authorize(options, data, cb) { [data, cb] = split(data, cb); shown(options).authorize(data, options?.auto_finalize === false, false, cb); },
    reauthorize(options, data, cb) { [data, cb] = split(data, cb); shown(options).authorize(data, options?.auto_finalize === false, true, cb); },
    finalize(options, data, cb) { [data, cb] = split(data, cb); shown(options).authorize(data, false, false, cb); },
    // The frame itself shows the choice before the purchase, so the review is the frame.
    loadPaymentReview(options, cb) { const f = shown(options); f.element.scrollIntoView({ block: 'nearest' }); cb?.({ show_form: !f.declined }); },
    on(event, handler) { (handlers[event] ||= []).push(handler); },
    off(event, handler) { handlers[event] = (handlers[event] || []).filter(h => h !== handler); },
  };

  // A message beside a price. Warning and representative example are part of it and cannot be taken out: without them no offer is shown.
  const words = {
    de: {
      title: d => `${d} Tage später bezahlen`, warning: 'Achtung! Kreditaufnahme kostet Geld.',
      example: (m, d) => `Repräsentatives Beispiel: Nettodarlehensbetrag ${m}, Laufzeit ${d} Tage ab Versand, eine Zahlung von ${m}, Gesamtbetrag ${m}, fester Sollzins 0,00 % pro Jahr, effektiver Jahreszins 0,00 %. Ob der Kauf möglich ist, wird vorher geprüft.`,
    },
    en: {
      title: d => `Pay ${d} days later`, warning: 'Caution! Borrowing money costs money.',
      example: (m, d) => `Representative example: amount of credit ${m}, term ${d} days from dispatch, one payment of ${m}, total amount payable ${m}, fixed borrowing rate 0.00% a year, annual percentage rate of charge 0.00%. Whether the purchase is possible is checked first.`,
    },
  };
  const terms = ['14', '30'];
  class Message extends HTMLElement {
    static observedAttributes = ['amount', 'language', 'days'];
    #root = this.attachShadow({ mode: 'closed' });
    constructor() {
      super();
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(':host{display:block!important;font:inherit}p{margin:.25em 0}.small{font-size:.875em}');
      this.#root.adoptedStyleSheets = [sheet];
    }
    connectedCallback() { this.show(); }
    attributeChangedCallback() { this.show(); }
    show() {
      const text = this.getAttribute('amount') ?? '', language = this.getAttribute('language') === 'en' ? 'en' : 'de', days = this.getAttribute('days') ?? '30';
      this.#root.replaceChildren();
      if (!/^[1-9]\d{0,8}$/.test(text) || !terms.includes(days)) return;
      const money = new Intl.NumberFormat(language === 'en' ? 'en-IE' : 'de-DE', { style: 'currency', currency: 'EUR' }).format(Number(text) / 100);
      const w = words[language];
      this.#root.append(...[['strong', w.title(days)], ['strong', w.warning], ['', w.example(money, days)]].map(([kind, said]) => {
        const p = document.createElement('p');
        const inner = kind ? p.appendChild(document.createElement(kind)) : p;
        inner.textContent = said;
        if (!kind) p.className = 'small';
        p.lang = language;
        return p;
      }));
    }
  }
  if (!customElements.get('zahlziel-message')) customElements.define('zahlziel-message', Message);

  window.Zahlziel = Object.freeze({ Payments: Object.freeze(Payments), version: '1.0.0', ...Payments });
  // Shop software that waits for a global of another name gets it on request only.
  if (me.dataset.shim === '1') {
    const shim = document.createElement('script');
    shim.src = `${origin}/kp/lib/v1/api.js`;
    shim.async = true;
    document.head.append(shim);
  }
  window.zahlzielReady?.();
})();
