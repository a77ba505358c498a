// A tree of records: branches come when they are opened, the keys walk as in any tree. Which ones are open stands in the
// address, so that coming back finds them open.
import "./app.js";
import htmx from "htmx.org";
import { each } from "./page.js";

const twigsOf = (list) => (list ? [...list.children].filter((one) => one.matches(".fl-twig")) : []);
const listOf = (twig) => twig.querySelector(":scope > .fl-tree");
const rowOf = (twig) => twig.querySelector(":scope > .fl-twig-row");
const toggleOf = (twig) => rowOf(twig).querySelector(":scope > a.fl-twig-toggle");
const opens = (twig) => rowOf(twig).hasAttribute("aria-expanded");
const isOpen = (twig) => rowOf(twig).getAttribute("aria-expanded") === "true";

/** Every row as an item of a tree, called by what stands in it: where it stands, whether it is open, one of them in the order of
 * tabbing. What is beneath belongs to it, but isn't its name. */
function dress(list, level) {
  list.setAttribute("role", level === 1 ? "tree" : "group");
  if (level === 1) list.setAttribute("aria-labelledby", "fl-tree-title");
  const twigs = twigsOf(list);
  twigs.forEach((twig, index) => {
    const inner = listOf(twig);
    const row = rowOf(twig);
    twig.setAttribute("role", "none");
    row.setAttribute("role", "treeitem");
    row.setAttribute("aria-level", level);
    row.setAttribute("aria-setsize", twigs.length);
    row.setAttribute("aria-posinset", index + 1);
    if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
    if (twig.dataset.count && !opens(twig)) row.setAttribute("aria-expanded", String(Boolean(inner)));
    for (const link of row.querySelectorAll("a")) {
      link.tabIndex = -1;
      if (link.hasAttribute("aria-label")) link.setAttribute("aria-hidden", "true"); // the keys do what they do
    }
    if (!inner) return;
    inner.id ||= `twig-${twig.dataset.id}-below`;
    row.setAttribute("aria-owns", inner.id);
    dress(inner, level + 1);
  });
}

function remember(box) {
  const opened = [...box.querySelectorAll('.fl-twig-row[aria-expanded="true"]')].map((row) => row.parentElement.dataset.id);
  history.replaceState(history.state, "", opened.length ? `${box.dataset.here}&open=${opened.join(",")}` : box.dataset.here);
}

function set(box, twig, open) {
  rowOf(twig).setAttribute("aria-expanded", String(open));
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
    dress(twig.parentElement, Number(rowOf(twig).getAttribute("aria-level")));
  }
  set(box, twig, true);
}

const shown = (box) => [...box.querySelectorAll(".fl-twig")].filter((twig) => !twig.closest(".fl-tree[hidden]"));

function go(box, twig) {
  if (!twig) return;
  for (const one of box.querySelectorAll('.fl-twig-row[tabindex="0"]')) one.tabIndex = -1;
  const row = rowOf(twig);
  row.tabIndex = 0;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
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
  const first = box.querySelector(".fl-twig-row");
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
    if (!event.target.matches(".fl-twig-row") || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    KEYS[event.key](box, event.target.parentElement, shown(box));
  });
}

export function enhance(root) {
  each(root, "[data-tree]", "tree", start);
}
