// What a page must hold to: contrast of text, names of controls, no sideways scrolling. Returns a list of complaints.
() => {
  const complaints = [], key = /^(ui|field|choice|task|error)\.[a-z_.]+$/;
  const seen = (item) => item.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && item.getClientRects().length > 0;
  const parse = (text) => { const n = text.match(/[\d.]+/g).map(Number); return { rgb: n.slice(0, 3), a: n.length > 3 ? n[3] : 1 }; };
  const mix = (top, under) => top.rgb.map((c, i) => c * top.a + under[i] * (1 - top.a));
  const light = (rgb) => rgb.map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (item) => {
    const layers = [];
    for (let node = item; node; node = node.parentElement) layers.push(parse(getComputedStyle(node).backgroundColor));
    return layers.reverse().reduce((under, layer) => mix(layer, under), [255, 255, 255]);
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const item = words.currentNode.parentElement, text = words.currentNode.textContent.trim();
    if (!text || !item || !seen(item) || item.closest("script, style, option, [disabled], .at-tick")) continue;
    const back = behind(item), front = mix(parse(getComputedStyle(item).color), back);
    const [low, high] = [light(back), light(front)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) complaints.push(`contrast ${ratio.toFixed(2)}: ${text.slice(0, 40)}`);
    if (key.test(text)) complaints.push(`a key instead of a text: ${text}`);
  }
  for (const item of document.querySelectorAll("button, input:not([type=hidden]), select, textarea, a[href]")) {
    if (key.test(item.value ?? "")) complaints.push(`a key instead of a text: ${item.value}`);
    if (!seen(item)) continue;
    const name = item.getAttribute("aria-label") || item.getAttribute("aria-labelledby") || item.title || item.textContent.trim() ||
      [...(item.labels ?? [])].map((label) => label.textContent.trim()).join("") || item.placeholder;
    if (!name) complaints.push(`a control without a name: ${item.outerHTML.slice(0, 90)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) complaints.push(`scrolls sideways: ${document.documentElement.scrollWidth}`);
  return [...new Set(complaints)];
}
