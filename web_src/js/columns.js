// A list's columns: chosen and ordered in the menu, made wider at the edge of their heads; and how dense the list is.
import { each, make, on } from "./page.js";
import { say } from "./texts.js";

const STEP = 16;

function keep(fields) {
  const list = document.querySelector("#list[data-question]");
  const body = new URLSearchParams(list.dataset.question);
  for (const [name, value] of fields) body.append(name, value);
  return fetch(`/f/${list.dataset.form}/views`, { method: "POST", body, headers: { "X-Stay": "1" } }).catch(() => {});
}

/** From now on every column is as wide as it is written, so that one can be changed without moving the others. */
function fix(table) {
  const heads = [...table.tHead.rows[0].cells];
  const widths = heads.map((head) => Math.round(head.getBoundingClientRect().width));
  [...table.querySelectorAll("col")].forEach((col, place) => col.setAttribute("width", widths[place]));
  table.classList.add("fl-table--fixed");
}

function widen(table, name, width) {
  const col = [...table.querySelectorAll("col[data-column]")].find((one) => one.dataset.column === name);
  col.setAttribute("width", Math.max(48, Math.min(1200, Math.round(width))));
  return Number(col.getAttribute("width"));
}

function keepWidths(table) {
  keep([["do", "widths"], ...[...table.querySelectorAll("col[data-column][width]")].map((col) => [`w.${col.dataset.column}`, col.getAttribute("width")])]);
}

function grip(head) {
  const table = head.closest("table");
  const edge = make("span", { class: "fl-edge", role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-label": say("column_width", { title: head.innerText.trim() }), "aria-valuenow": Math.round(head.offsetWidth), "aria-valuemin": "48", "aria-valuemax": "1200" });
  const to = (width) => edge.setAttribute("aria-valuenow", widen(table, head.dataset.column, width));
  edge.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    fix(table);
    const from = event.clientX;
    const width = head.getBoundingClientRect().width;
    edge.setPointerCapture(event.pointerId);
    const move = (moved) => to(width + moved.clientX - from);
    edge.addEventListener("pointermove", move);
    edge.addEventListener("lostpointercapture", () => { edge.removeEventListener("pointermove", move); keepWidths(table); }, { once: true });
  });
  edge.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    fix(table);
    to(head.getBoundingClientRect().width + by);
    keepWidths(table);
  });
  edge.addEventListener("click", (event) => event.stopPropagation());
  head.append(edge);
}

/** In the menu: drag, or the two arrows, puts a column elsewhere; the form is sent when it is applied. */
function chooser(menu) {
  const list = menu.querySelector("[data-columns-list]");
  menu.querySelector("[data-columns-find]").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const item of menu.querySelectorAll(".fl-columns-item")) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  });
  menu.querySelector("[data-columns-find]").addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  menu.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    event.preventDefault();
    const item = button.closest("li");
    const beside = button.dataset.move === "1" ? item.nextElementSibling : item.previousElementSibling;
    if (beside) beside[button.dataset.move === "1" ? "after" : "before"](item);
    button.focus();
  });
  let dragged = null;
  for (const item of list.children) item.querySelector("[data-grip]").addEventListener("pointerdown", () => { item.draggable = true; });
  list.addEventListener("dragstart", (event) => { dragged = event.target.closest("li"); dragged.classList.add("fl-columns-item--drag"); event.dataTransfer.effectAllowed = "move"; });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest?.("li");
    if (!dragged || !over) return;
    event.preventDefault();
    if (over === dragged) return;
    const at = over.getBoundingClientRect();
    over[event.clientY > at.top + at.height / 2 ? "after" : "before"](dragged);
  });
  list.addEventListener("dragend", () => { dragged?.classList.remove("fl-columns-item--drag"); if (dragged) dragged.draggable = false; dragged = null; });
}

export function enhanceColumns(root) {
  each(root, "#list th[data-column]", "edge", grip);
  each(root, ".fl-columns", "chooser", chooser);
}

export function startColumns() {
  on("submit", "form[data-density]", (event, form) => {
    const density = event.submitter?.value;
    if (!density) return;
    event.preventDefault();
    document.documentElement.dataset.density = density;
    for (const button of form.querySelectorAll("[name=density]")) button.setAttribute("aria-pressed", String(button.value === density));
    keep([["do", "density"], ["density", density]]);
  });
}
