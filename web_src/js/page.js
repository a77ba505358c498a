// Small words for building and finding parts of the page; no state.

const SPRITE = document.querySelector("use[href*='icons']")?.getAttribute("href").split("#")[0] ?? new URL(ICON_SPRITE, import.meta.url).pathname;

/** Make an element: make("button", {class: "fl-btn", type: "button"}, child, "text"). Null and false attributes are left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value != null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** An icon of the sprite. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "fl-icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

/** Listen on the document for an event on whatever matches, now or later: on("click", ".x", (event, element) => …). */
export function on(type, selector, act, options) {
  document.addEventListener(type, (event) => {
    const found = event.target instanceof Element ? event.target.closest(selector) : null;
    if (found) act(event, found);
  }, options);
}

/** Run `act` for every match under `root`, once for each element and key. */
export function each(root, selector, key, act) {
  const found = [...root.querySelectorAll(selector)];
  if (root.matches?.(selector)) found.unshift(root);
  for (const element of found) {
    const done = (element.flDone ??= new Set());
    if (done.has(key)) continue;
    done.add(key);
    act(element);
  }
}

/** Whether keys typed there are text and not commands. */
export function typing(target) {
  return target instanceof Element && (target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null);
}

export const isPhone = () => matchMedia("(max-width: 767.98px)").matches;

let serial = 0;
/** A fresh id for aria links. */
export const freshId = (prefix) => `${prefix}-${(serial += 1)}`;

/** Call `act` after `wait` ms without a further call. */
export function later(wait, act) {
  let timer;
  const call = (...given) => { clearTimeout(timer); timer = setTimeout(() => act(...given), wait); };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/** Controls that need a script of their own name it: data-control="color" is js/controls/color.js, loaded when one is there. tools: what it
 * needs of the form's script; were that imported, the bundler would cut it into more files to fetch. */
export function enhanceControls(root, tools) {
  each(root, "[data-control]", "control", (box) => {
    import(`./controls/${box.dataset.control}.js`).then((control) => control.enhance(box, JSON.parse(box.dataset.words || "{}"), tools));
  });
}

/** The value of a control was changed by a script, not by typing: say so to whoever computes with it. */
export function changed(control) {
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
}
