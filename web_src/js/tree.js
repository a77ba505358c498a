// A tree of records: branches come when they are opened, the keys walk as in any tree. Which ones are open stands in the
// address, so that coming back finds them open.
import "./app.js";
import htmx from "htmx.org";
import { each } from "./page.js";

const twigsOf = (list) => (list ? [...list.children].filter((one) => one.matches(".fl-twig")) : []);
const listOf = (twig) => twig.querySelector(":scope > .fl-tree");
const toggleOf = (twig) => twig.querySelector(":scope > .fl-twig-row > a.fl-twig-toggle");
const opens = (twig) => twig.hasAttribute("aria-expanded");
const isOpen = (twig) => twig.getAttribute("aria-expanded") === "true";

/** Every row as an item of a tree: where it stands, whether it is open, one of them in the order of tabbing. */
function dress(list, level) {
  list.setAttribute("role", level === 1 ? "tree" : "group");
  if (level === 1) list.setAttribute("aria-labelledby", "fl-tree-title");
  const twigs = twigsOf(list);
  twigs.forEach((twig, index) => {
    const inner = listOf(twig);
    twig.setAttribute("role", "treeitem");
    twig.setAttribute("aria-level", level);
    twig.setAttribute("aria-setsize", twigs.length);
    twig.setAttribute("aria-posinset", index + 1);
    twig.setAttribute("aria-labelledby", `twig-${twig.dataset.id}`);
    if (!twig.hasAttribute("tabindex")) twig.tabIndex = -1;
    if (twig.dataset.count && !opens(twig)) twig.setAttribute("aria-expanded", String(Boolean(inner)));
    for (const link of twig.querySelectorAll(":scope > .fl-twig-row a")) link.tabIndex = -1;
    if (inner) dress(inner, level + 1);
  });
}

function remember(box) {
  const opened = [...box.querySelectorAll('.fl-twig[aria-expanded="true"]')].map((twig) => twig.dataset.id);
  history.replaceState(history.state, "", opened.length ? `${box.dataset.here}&open=${opened.join(",")}` : box.dataset.here);
}

function set(box, twig, open) {
  twig.setAttribute("aria-expanded", String(open));
  toggleOf(twig)?.setAttribute("aria-expanded", String(open));
  const inner = listOf(twig);
  if (inner) inner.hidden = !open;
  if (toggleOf(twig)) remember(box);
}

async function open(box, twig) {
  if (!opens(twig) || isOpen(twig)) return;
  if (!listOf(twig)) {
    if (twig.flAsked) return;
    twig.flAsked = true;
    const answer = await fetch(`${box.dataset.tree}&of=${twig.dataset.id}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    twig.flAsked = false;
    if (!answer?.ok) { location.assign(toggleOf(twig).href); return; }
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    const list = made.content.querySelector(".fl-tree");
    twig.append(list);
    htmx.process(list);
    dress(list, Number(twig.getAttribute("aria-level")) + 1);
  }
  set(box, twig, true);
}

const shown = (box) => [...box.querySelectorAll(".fl-twig")].filter((twig) => !twig.closest(".fl-tree[hidden]"));

function go(box, twig) {
  if (!twig) return;
  for (const one of box.querySelectorAll('.fl-twig[tabindex="0"]')) one.tabIndex = -1;
  twig.tabIndex = 0;
  twig.focus({ preventScroll: true });
  twig.querySelector(".fl-twig-row").scrollIntoView({ block: "nearest" });
}

const KEYS = {
  ArrowDown: (box, twig, all) => go(box, all[all.indexOf(twig) + 1]),
  ArrowUp: (box, twig, all) => go(box, all[all.indexOf(twig) - 1]),
  Home: (box, twig, all) => go(box, all[0]),
  End: (box, twig, all) => go(box, all.at(-1)),
  ArrowRight: (box, twig) => (isOpen(twig) ? go(box, twigsOf(listOf(twig))[0]) : open(box, twig)),
  ArrowLeft: (box, twig) => (isOpen(twig) ? set(box, twig, false) : go(box, twig.parentElement.closest(".fl-twig"))),
  "*": (box, twig) => { for (const one of twigsOf(twig.parentElement)) open(box, one); },
  Enter: (box, twig) => location.assign(twig.dataset.href),
};

function start(box) {
  dress(box.querySelector(".fl-tree"), 1);
  const first = box.querySelector(".fl-twig");
  if (first) first.tabIndex = 0;
  box.addEventListener("click", (event) => {
    const toggle = event.target.closest("a.fl-twig-toggle");
    if (!toggle || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const twig = toggle.closest(".fl-twig");
    if (isOpen(twig)) set(box, twig, false);
    else open(box, twig);
    go(box, twig);
  });
  box.addEventListener("keydown", (event) => {
    if (!event.target.matches(".fl-twig") || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    KEYS[event.key](box, event.target, shown(box));
  });
}

export function enhance(root) {
  each(root, "[data-tree]", "tree", start);
}
