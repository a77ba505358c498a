// Lists: rows that open, keys J K Enter X, ticking and the bulk bar, the filter box.
import { each, make, on, typing } from "./page.js";

const rowsOf = () => [...document.querySelectorAll("table[data-rows] tbody tr[data-href]")];

function move(by) {
  const rows = rowsOf();
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("fl-row--at"));
  const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? (by > 0 ? 0 : rows.length - 1) : now + by))];
  rows[now]?.classList.remove("fl-row--at");
  next.classList.add("fl-row--at");
  next.scrollIntoView({ block: "nearest" });
  next.querySelector("a")?.focus({ preventScroll: true });
}

function openRow(row, event) {
  if (event?.ctrlKey || event?.metaKey || event?.button === 1) window.open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
}

function showTicked() {
  const ticks = [...document.querySelectorAll("table[data-rows] tbody .fl-tick input")];
  const ticked = ticks.filter((tick) => tick.checked);
  for (const tick of ticks) tick.closest("tr").classList.toggle("fl-row--ticked", tick.checked);
  const all = document.querySelector("[data-tick-all]");
  if (all) {
    all.checked = ticked.length > 0 && ticked.length === ticks.length;
    all.indeterminate = ticked.length > 0 && ticked.length < ticks.length;
  }
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  bar.hidden = ticked.length === 0;
  const count = bar.querySelector("[data-bulk-count]");
  if (count) count.textContent = String(ticked.length);
  for (const form of bar.matches("form") ? [bar] : bar.querySelectorAll("form")) {
    form.querySelectorAll("input[name=id]").forEach((old) => old.remove());
    form.append(...ticked.map((tick) => make("input", { type: "hidden", name: "id", value: tick.value })));
  }
}

/** The filter box: choosing a field shows its panel; finding narrows the names. Panels are plain GET forms. */
function filterBox(box) {
  const names = [...box.querySelectorAll("[data-filter-field]")];
  const panels = [...box.querySelectorAll("[data-filter-panel]")];
  box.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-filter-field]");
    if (!chosen) return;
    for (const name of names) name.setAttribute("aria-pressed", String(name === chosen));
    for (const panel of panels) panel.hidden = panel.dataset.filterPanel !== chosen.dataset.filterField;
    panels.find((panel) => !panel.hidden)?.querySelector("input:not([type=hidden]), select")?.focus();
  });
  box.querySelector("[data-filter-find]")?.addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const name of names) name.closest("li").hidden = !name.textContent.toLowerCase().includes(wanted);
  });
  for (const panel of panels) {
    const pair = () => {
      const operator = panel.querySelector("[name=op]")?.value;
      panel.querySelectorAll("[data-second]").forEach((second) => { second.hidden = operator !== "between"; });
      panel.querySelectorAll("[data-values]").forEach((values) => { values.hidden = operator === "empty" || operator === "filled"; });
    };
    panel.querySelector("[name=op]")?.addEventListener("change", pair);
    pair();
  }
}

export function enhanceLists(root) {
  each(root, "[data-filter]", "filter", filterBox);
  each(root, ".fl-tabs", "tabs", (tabs) => tabs.querySelector("[aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "nearest" }));
  if (root.querySelector?.("[data-tick-all]")) showTicked();
}

export function startLists() {
  on("click", "tr[data-href]", (event, row) => {
    if (event.target.closest("a, button, input, select, label, summary, .fl-tick") || String(getSelection())) return;
    openRow(row, event);
  });
  on("auxclick", "tr[data-href]", (event, row) => { if (event.button === 1 && !event.target.closest("a")) openRow(row, event); });
  on("change", "table[data-rows] .fl-tick input", (event, tick) => {
    if ("tickAll" in tick.dataset) tick.closest("table").querySelectorAll("tbody .fl-tick input").forEach((one) => { one.checked = tick.checked; });
    showTicked();
  });
  on("change", "select[data-go]", (event, select) => { if (select.value) location.assign(select.value); });
  document.addEventListener("keydown", (event) => {
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const at = () => document.querySelector("tr.fl-row--at");
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "x") at()?.querySelector(".fl-tick input")?.click();
    else if (event.key === "Enter" && at() && event.target.closest("tr, body") && !event.target.closest("button, summary")) openRow(at());
    else if (event.key === "[") document.querySelector("a[rel=prev]")?.click();
    else if (event.key === "]") document.querySelector("a[rel=next]")?.click();
    else return;
    event.preventDefault();
  });
}
