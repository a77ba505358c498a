// Make a part of the page like a fresh one, touching only what differs: focus, scroll, open menus and typed text stay.

const keyOf = (node) => (node.nodeType === 1 ? node.id || node.dataset.href || node.dataset.key || null : null);

/** What a person or a script put there, and no fresh page knows of. */
const KEPT = new Set(["open", "style", "aria-expanded"]);
const keeps = (node) => node.nodeType === 1 && node.matches("[data-morph-keep], form.fl-comment");

function attributes(now, want) {
  for (const { name } of [...now.attributes]) if (!want.hasAttribute(name) && !KEPT.has(name)) now.removeAttribute(name);
  for (const { name, value } of [...want.attributes]) if (!KEPT.has(name) && now.getAttribute(name) !== value) now.setAttribute(name, value);
}

/** now becomes like want; changed gathers the elements whose words changed and those that came. */
export function morph(now, want, changed = new Set()) {
  if (now.isEqualNode(want) || keeps(now)) return changed;
  if (now.nodeType !== want.nodeType || now.nodeName !== want.nodeName) {
    now.replaceWith(want);
    if (want.nodeType === 1) changed.add(want);
  } else if (now.nodeType === 1) {
    attributes(now, want);
    children(now, want, changed);
  } else if (now.nodeValue !== want.nodeValue) {
    now.nodeValue = want.nodeValue;
    if (now.parentElement && now.nodeValue.trim()) changed.add(now.parentElement);
  }
  return changed;
}

function children(now, want, changed) {
  const keyed = new Map([...now.children].filter(keyOf).map((child) => [keyOf(child), child]));
  const coming = new Set([...want.children].map(keyOf).filter(Boolean));
  let at = now.firstChild;
  for (const child of [...want.childNodes]) {
    while (at && keyOf(at) && !coming.has(keyOf(at))) { const gone = at; at = at.nextSibling; gone.remove(); }
    const key = keyOf(child);
    const have = key ? keyed.get(key) : at && !keyOf(at) && at.nodeName === child.nodeName ? at : null;
    if (!have) {
      now.insertBefore(child, at);
      if (child.nodeType === 1) changed.add(child);
      continue;
    }
    if (have === at) at = at.nextSibling;
    else now.insertBefore(have, at);
    morph(have, child, changed);
  }
  while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
}
