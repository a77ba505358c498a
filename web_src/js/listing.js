// A list's power: ticked records, its columns, values to filter by, changing a cell, the drawer. Comes with the first list.
import "./app.js";
import htmx from "htmx.org";
import { confirmedClose, drawerOpen, startDrawer } from "./drawer.js";
import { startCells } from "./cells.js";
import { isPhone, later, on } from "./page.js";
import { enhanceColumns, startColumns } from "./columns.js";
import { learn } from "./texts.js";

learn({
  zh: {
    peek: "预览", peek_keys: "预览（空格）", edit_cell: "修改", edit_cell_keys: "修改（F2 或双击）", column_width: "{title} 的宽度", records_n: "共 {n} 条",
  },
  en: {
    peek: "Peek", peek_keys: "Peek (space)", edit_cell: "Change", edit_cell_keys: "Change (F2 or double click)", column_width: "Width of {title}",
    records_n: "{n} records",
  },
});

// -- ticked records ---------------------------------------------------------------------------------------------------

const chosen = new Set();
let everything = false;
let about = "";
let last = null;
let asked = 0;

const list = () => document.querySelector("#list[data-question]");
const ticks = () => [...document.querySelectorAll("#list tbody .fl-tick input")];

/** What the list is about, without page and order: ticks outlive paging and sorting, not another question. */
function question() {
  const found = new URLSearchParams(list()?.dataset.question ?? "");
  for (const name of ["page", "limit", "sort"]) found.delete(name);
  return `${list()?.dataset.form}?${found}`;
}

function showBar(bar, shown) {
  bar.hidden = !shown;
  document.getElementById("fl-toasts").classList.toggle("fl-toasts--high", shown);
}

function show() {
  const boxes = ticks();
  for (const box of boxes) {
    box.checked = chosen.has(box.value);
    box.closest("tr").classList.toggle("fl-row--ticked", box.checked);
  }
  const ticked = boxes.filter((box) => box.checked).length;
  const all = document.querySelector("[data-tick-all]");
  if (all) {
    all.checked = ticked > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const more = bar.querySelector("[data-bulk-all]");
  if (more) more.hidden = everything || ticked < boxes.length || Number(bar.dataset.total) <= boxes.length;
  if (!chosen.size) { showBar(bar, false); return; }
  offers(bar);
}

/** Ask what can be done with them; the bar stays as it was until the answer is there. */
const offers = later(120, async (bar) => {
  const body = new URLSearchParams([...chosen].map((id) => ["id", id]));
  if (everything) body.set("all", "1");
  const mine = (asked += 1);
  const answer = await fetch(bar.dataset.bulk, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
  const told = answer?.ok ? await answer.text() : null;
  if (told === null || mine !== asked || !bar.isConnected) return;
  const part = bar.querySelector("[data-bulk-part]");
  part.innerHTML = told;
  if (everything) {
    for (const input of part.querySelectorAll("input[name=id]")) chosen.add(input.value);
    for (const box of ticks()) { box.checked = chosen.has(box.value); box.closest("tr").classList.toggle("fl-row--ticked", box.checked); }
  }
  htmx.process(part);
  showBar(bar, chosen.size > 0);
});

function clear() {
  chosen.clear();
  everything = false;
  last = null;
  show();
}

function tick(box, event) {
  everything = false;
  const boxes = ticks();
  if ("tickAll" in box.dataset) for (const one of boxes) { if (box.checked) chosen.add(one.value); else chosen.delete(one.value); }
  else {
    const from = event.shiftKey && last ? boxes.findIndex((one) => one.value === last) : -1;
    const to = boxes.indexOf(box);
    const some = from < 0 ? [box] : boxes.slice(Math.min(from, to), Math.max(from, to) + 1);
    for (const one of some) { if (box.checked) chosen.add(one.value); else chosen.delete(one.value); }
    last = box.value;
  }
  show();
}

/** The list anew, at the same place. */
export function refresh() {
  const at = list();
  if (at) htmx.ajax("GET", `/f/${at.dataset.form}${at.dataset.question}`, { target: "#list", swap: "outerHTML", headers: { "X-Stay": "1" } });
}

function startTicks() {
  let shift = { shiftKey: false };
  on("click", "#list .fl-tick", (event, cell) => {
    shift = event;
    const box = cell.querySelector("input");
    if (box && event.target !== box) box.click();
  }, true);
  on("change", "#list .fl-tick input", (event, box) => tick(box, shift));
  on("click", "[data-bulk-clear]", clear);
  on("click", "[data-bulk-all]", (event, button) => { everything = true; button.hidden = true; show(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && chosen.size && !drawerOpen() && !document.querySelector("dialog[open], details[open], [data-cell-form]")) clear(); });
  document.body.addEventListener("fl:bulk", (event) => {
    if (event.detail.close) confirmedClose();
    clear();
    refresh();
  });
}

// -- several orders: Shift adds one -------------------------------------------------------------------------------------

function startOrders() {
  document.addEventListener("click", (event) => {
    const link = event.shiftKey && event.target instanceof Element ? event.target.closest("#list a.fl-sort") : null;
    if (!link) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const url = new URL(link.href);
    const wanted = url.searchParams.get("sort");
    const name = wanted.replace(/^-/, "");
    const now = [...document.querySelectorAll("[data-sorts] select")].map((select) => select.value).filter((key) => key && key.replace(/^-/, "") !== name);
    url.searchParams.set("sort", [...now, wanted].slice(-3).join(","));
    htmx.ajax("GET", `${url.pathname}${url.search}`, { target: "#list", swap: "outerHTML" });
  }, true);
}

export function enhance(root) {
  if (root.matches?.("details")) htmx.process(root); // what was unpacked
  const now = list();
  if (now) {
    sessionStorage.setItem(`fl-from:${now.dataset.form}`, now.dataset.question);
    if (about !== question()) { chosen.clear(); everything = false; about = question(); }
    show();
  }
  if (root.querySelector(".fl-filter-box")) import("./filtering.js").then((filtering) => filtering.enhance(root));
  if (!isPhone()) enhanceColumns(root);
}

startTicks();
startOrders();
on("toggle", "details", (event, menu) => { if (menu.open && !isPhone() && document.activeElement.parentElement === menu) menu.querySelector("[data-begin]")?.focus(); }, true); // opened by hand: one types at once
on("click", "[data-chip]", (event, chip) => { event.stopPropagation(); import("./filtering.js").then((filtering) => filtering.openAt(chip)); });
startColumns();
startCells();
startDrawer();
