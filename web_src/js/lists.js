// Lists: rows that open and are walked along, the filter box. What only lists of a form have comes with listing.js.
import { each, on } from "./page.js";

const rowsOf = () => [...document.querySelectorAll("table[data-rows] tbody tr[data-href], [data-walk] > [data-href]")];

/** The row that the keys have come to. */
export const rowAt = () => document.querySelector(".fl-row--at");

/** Come to the next row (by 1), or the one before (by -1); false: there are none. */
export function move(by) {
  const rows = rowsOf();
  if (!rows.length) return false;
  const now = rows.findIndex((row) => row.classList.contains("fl-row--at"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by))];
  rows[now]?.classList.remove("fl-row--at");
  next.classList.add("fl-row--at");
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("a")?.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("fl:row", { detail: next }));
  return true;
}

export function openRow(row, event) {
  if (event?.ctrlKey || event?.metaKey || event?.button === 1) window.open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
}

/** Menus that few people open wait as text, and become parts of the page when they are opened. Without scripts they are
 * there at once. */
export function unpack(menu) {
  const packed = menu.querySelector(":scope > noscript[data-lazy]");
  if (!packed) return;
  const made = document.createElement("template");
  if (packed.firstElementChild) made.content.append(...packed.childNodes);
  else made.innerHTML = packed.textContent;
  packed.replaceWith(made.content);
  document.body.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: menu } }));
}

/** The filter box: choosing a field shows its panel; finding narrows the names. Panels are plain GET forms. */
function filterBox(inside) {
  const box = inside;
  const names = [...box.querySelectorAll("[data-filter-field]")];
  const panels = [...box.querySelectorAll("[data-filter-panel]")];
  box.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-filter-field]");
    if (!chosen) return;
    for (const name of names) name.setAttribute("aria-pressed", String(name === chosen));
    for (const panel of panels) panel.hidden = panel.dataset.filterPanel !== chosen.dataset.filterField;
    const panel = panels.find((one) => !one.hidden);
    (panel.querySelector("[data-values] input:not([type=hidden])") ?? panel.querySelector("select, textarea")).focus();
  });
  box.querySelector("[data-filter-find]")?.addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const name of names) name.closest("li").hidden = !name.textContent.toLowerCase().includes(wanted);
  });
  for (const panel of panels) {
    const pair = () => {
      const operator = panel.querySelector("[name=op]")?.value;
      panel.querySelectorAll("[data-values]").forEach((values) => { values.hidden = ["empty", "filled", "mine", "not_mine"].includes(operator); });
    };
    panel.querySelector("[name=op]")?.addEventListener("change", pair);
    pair();
  }
}

export function enhanceLists(root) {
  for (const menu of root.querySelectorAll?.("details[open] > noscript[data-lazy]") ?? []) unpack(menu.parentElement);
  each(root, ".fl-filter-box", "filter", filterBox);
  each(root, ".fl-tabs", "tabs", (tabs) => requestAnimationFrame(() => { // what it asks is laid out then, not twice
    const now = tabs.querySelector("[aria-current=page]"); // seen without moving the page itself
    const room = tabs.clientWidth - (tabs.querySelector(".fl-segments")?.offsetWidth ?? 0) - 40;
    if (now && now.offsetLeft + now.offsetWidth > room) tabs.scrollLeft = now.offsetLeft + now.offsetWidth - room;
  }));
  if (document.querySelector("#list[data-question]")) import("./listing.js").then((listing) => listing.enhance(root));
}

export function startLists() {
  on("toggle", "details", (event, menu) => { if (menu.open) unpack(menu); }, true);
  on("click", "tr[data-href]", (event, row) => {
    if (event.target.closest("a, button, input, select, label, summary, .fl-tick") || String(getSelection())) return;
    if (!event.target.closest("td[data-edit]") || event.ctrlKey || event.metaKey || !matchMedia("(pointer: fine)").matches) { openRow(row, event); return; }
    clearTimeout(row.flOpening); // a second click changes the value
    if (event.detail < 2) row.flOpening = setTimeout(() => { if (row.isConnected && !row.querySelector("[data-cell-form]")) openRow(row, event); }, 260);
  });
  on("auxclick", "tr[data-href]", (event, row) => { if (event.button === 1 && !event.target.closest("a")) openRow(row, event); });
  on("change", "form[data-narrow] select, form[data-narrow] input[type=checkbox]", (event, control) => control.form.requestSubmit());
  on("change", "select[data-go]", (event, select) => { if (select.value) location.assign(select.value); });
  if (/^\/f\/[^/]+\/\d+$/.test(location.pathname) && sessionStorage.getItem(`fl-from:${location.pathname.split("/")[2]}`) !== null) import("./beside.js").then((beside) => beside.place());
}
