// Changing a value where it stands: double click, F2 or the pencil; Enter saves, Esc puts back what was there.
import { icon, isPhone, make, on, typing } from "./page.js";
import { toast } from "./overlays.js";
import { say } from "./texts.js";

const list = () => document.querySelector("#list[data-question]");
const part = { "HX-Request": "true" };
const load = (root) => document.body.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: root } }));
let pencil = null;

function close(cell) {
  if (!cell?.flOld) return;
  cell.replaceChildren(...cell.flOld);
  cell.flOld = null;
  cell.classList.remove("fl-cell--edit");
  cell.closest("tr")?.querySelector("a")?.focus({ preventScroll: true });
}

function put(cell, html) {
  cell.innerHTML = html;
  load(cell);
  const control = cell.querySelector("[aria-invalid=true], .fl-picker input, input:not([type=hidden]):not([type=file]), select, textarea");
  control?.focus();
  control?.select?.();
}

async function told(answer) {
  const box = document.getElementById("fl-dialog");
  box.innerHTML = await answer.text();
  load(box);
}

async function edit(cell) {
  if (!cell || cell.flOld || isPhone()) return;
  close(document.querySelector("td.fl-cell--edit"));
  pencil?.remove();
  const row = cell.closest("tr");
  const answer = await fetch(`${row.dataset.href}/cell/${cell.dataset.edit}${list().dataset.question}`, { headers: part }).catch(() => null);
  if (!answer) return toast({ text: say("offline"), kind: "bad" });
  if (!answer.ok) return told(answer);
  const html = await answer.text();
  cell.flOld = [...cell.childNodes];
  cell.classList.add("fl-cell--edit");
  put(cell, html);
}

async function save(form) {
  const cell = form.closest("td");
  const row = cell.closest("tr");
  const name = cell.dataset.edit;
  form.classList.add("fl-cell-form--busy");
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)), headers: part }).catch(() => null);
  form.classList.remove("fl-cell-form--busy");
  form.flSent = false;
  if (!answer) return toast({ text: say("offline"), kind: "bad" });
  if (answer.status === 422) return put(cell, await answer.text());
  if (!answer.ok) return told(answer);
  show(row, await answer.text(), name);
}

/** Put a row in the place of an old one; one that has left the list goes. */
export function show(row, html, name) {
  const made = document.createElement("template");
  made.innerHTML = html.trim();
  const next = made.content.querySelector("tr");
  if (!next) { row.remove(); return; }
  if (row.classList.contains("fl-row--at")) next.classList.add("fl-row--at");
  if (row.classList.contains("fl-row--ticked")) { next.classList.add("fl-row--ticked"); next.querySelector(".fl-tick input").checked = true; }
  next.classList.add("fl-fresh");
  next.addEventListener("animationend", () => next.classList.remove("fl-fresh"), { once: true });
  row.replaceWith(next);
  load(next);
  if (name) next.querySelector("a")?.focus({ preventScroll: true });
}

export function startCells() {
  on("mouseover", "#list td[data-edit]", (event, cell) => {
    if (cell.flOld || isPhone()) return;
    pencil ??= make("button", { type: "button", class: "fl-pencil", tabindex: "-1", "aria-label": say("edit_cell"), title: say("edit_cell_keys") }, icon("pencil"));
    if (pencil.parentElement !== cell) cell.append(pencil);
  });
  on("mouseout", "#list", (event, at) => { if (!at.contains(event.relatedTarget)) pencil?.remove(); });
  on("click", ".fl-pencil", (event, button) => { event.stopPropagation(); edit(button.closest("td")); }, true);
  on("dblclick", "#list td[data-edit]", (event, cell) => { if (!event.target.closest("a, button, input, form")) { getSelection()?.removeAllRanges(); edit(cell); } });
  on("click", "[data-cell-cancel]", (event, button) => close(button.closest("td")));
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("[data-cell-form]");
    if (!form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    save(form);
  }, true);
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.("td.fl-cell--edit");
    if (cell && event.key === "Escape") { event.stopPropagation(); event.preventDefault(); close(cell); return; }
    if (cell && event.key === "Enter" && event.target.matches("textarea") && (event.ctrlKey || event.metaKey)) { event.preventDefault(); cell.querySelector("form").requestSubmit(); return; }
    if (cell && event.key === "Enter" && event.target.matches("select")) { event.preventDefault(); cell.querySelector("form").requestSubmit(); return; }
    if (event.key === "F2" && !typing(event.target)) {
      const row = event.target.closest?.("#list tr[data-id]") ?? document.querySelector("#list tr.fl-row--at");
      const found = event.target.closest?.("td[data-edit]") ?? document.querySelector("#list td[data-edit]:hover") ?? row?.querySelector("td[data-edit]");
      if (found) { event.preventDefault(); edit(found); }
    }
  }, true);
}
