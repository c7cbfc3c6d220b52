// The global that shop software of this wire expects, over the checkout script of this house.
(() => {
  const me = document.currentScript;
  const ready = () => {
    window.Klarna = { Payments: window.Zahlziel.Payments };
    window.klarnaAsyncCallback?.();
  };
  if (window.Zahlziel) return ready();
  const script = document.createElement('script');
  script.src = new URL('/sdk/v1/checkout.js', me.src);
  script.onload = ready;
  document.head.append(script);
})();
