// What every page has to keep, as far as the page itself can tell. Each function returns sentences about what is wrong.
(() => {
  const name = e => {
    const text = (e.getAttribute('aria-label') || e.textContent || e.name || '').trim().replace(/\s+/g, ' ').slice(0, 40);
    return `<${e.tagName.toLowerCase()}${e.id ? ' #' + e.id : ''}> "${text}"`;
  };
  const hidden = e => {
    for (let x = e; x && x.nodeType === 1; x = x.parentElement) {
      const s = getComputedStyle(x);
      if (s.display === 'none' || s.visibility === 'hidden' || s.clipPath === 'inset(50%)' || s.opacity === '0') return true;
    }
    return !e.getClientRects().length || e.classList.contains('skip');
  };

  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext('2d', { willReadFrequently: true });
  const known = new Map();
  const rgba = colour => {
    if (!known.has(colour)) {
      brush.clearRect(0, 0, 1, 1);
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  // ground is the opaque colour behind an element, or null behind a picture.
  const ground = e => {
    const layers = [];
    for (let x = e; x && x.nodeType === 1; x = x.parentElement) {
      const s = getComputedStyle(x);
      if (s.backgroundImage !== 'none') return null;
      const c = rgba(s.backgroundColor);
      if (c[3] > 0) layers.push(c);
      if (c[3] === 1) break;
    }
    return layers.reduceRight((under, c) => over(c, under), rgba('Canvas'));
  };
  const light = c => {
    const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };

  const frame = () => {
    const out = [];
    if (document.querySelectorAll('h1').length !== 1) out.push('not exactly one h1');
    if (!document.title) out.push('no title');
    if (!document.querySelector('main')) out.push('no main');
    return out;
  };

  const width = () => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const wide = [...document.body.querySelectorAll('*')].filter(e => !hidden(e) && e.getBoundingClientRect().right > root.clientWidth + 1);
    return [`scrolls sideways at ${root.clientWidth} pixels (${root.scrollWidth}): ${wide.slice(-3).map(name).join(', ')}`];
  };

  const contrast = () => {
    const out = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const seen = new Set();
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      const e = n.parentElement;
      if (!n.data.trim() || seen.has(e)) continue;
      seen.add(e);
      if (hidden(e) || e.closest('[disabled], [aria-disabled=true], script, noscript')) continue;
      const style = getComputedStyle(e);
      const back = ground(e);
      if (!back) continue;
      const ink = over(rgba(e.closest('svg') ? style.fill : style.color), back);
      const size = parseFloat(style.fontSize);
      const least = size >= 24 || size >= 18.66 && parseInt(style.fontWeight) >= 700 ? 3 : 4.5;
      const got = ratio(ink, back);
      if (got < least - 0.005) out.push(`contrast ${got.toFixed(2)} is below ${least}: ${name(e)}`);
    }
    return out;
  };

  // targets are big enough for a thumb; a tick box counts with its label, a choice with its whole card.
  const targets = () => {
    const out = [];
    for (const e of document.querySelectorAll('button, input:not([type=hidden]), select, textarea, summary, a.button, nav a')) {
      if (hidden(e)) continue;
      let { left, right, top, bottom } = e.getBoundingClientRect();
      const more = e.type === 'radio' || e.type === 'checkbox' ? [...e.labels, e.closest('.choice')] : [];
      for (const m of more.filter(Boolean)) {
        const r = m.getBoundingClientRect();
        [left, right, top, bottom] = [Math.min(left, r.left), Math.max(right, r.right), Math.min(top, r.top), Math.max(bottom, r.bottom)];
      }
      if (bottom - top < 43.5 || right - left < 43.5) out.push(`target ${Math.round(right - left)}x${Math.round(bottom - top)} is smaller than 44x44: ${name(e)}`);
    }
    return out;
  };

  // focus needs a key press before, so that the browser shows where the focus is.
  const focus = () => {
    const out = [];
    for (const e of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
      if (hidden(e) || e.disabled) continue;
      e.focus({ preventScroll: true });
      if (document.activeElement !== e) continue;
      const shown = x => x && getComputedStyle(x).outlineStyle !== 'none' && parseFloat(getComputedStyle(x).outlineWidth) >= 2;
      if (!shown(e) && !shown(e.closest('.choice'))) out.push(`focus is not visible on ${name(e)}`);
    }
    document.activeElement.blur();
    return out;
  };

  return { frame, width, contrast, targets, focus };
})()
