// The line table: rows are added, removed, walked through with keys, filled from a spreadsheet's clipboard.
import { each, icon, isPhone, make } from "./page.js";
import { pickByText } from "./picker.js";
import { toast } from "./overlays.js";
import { say } from "./texts.js";

const NUMBERED = ["name", "id", "for", "data-calculated", "data-name", "aria-describedby", "aria-controls", "aria-owns", "data-total"];

export const rowsOf = (table) => [...table.querySelectorAll("tbody > tr[data-row]")];

/** Which list a table is of: <table data-lines="items">. */
export const listOf = (element) => element.closest("[data-lines]")?.dataset.lines;

/** Give all rows the numbers of their places: names, ids, labels. */
export function renumber(table) {
  const list = table.dataset.lines;
  const dotted = new RegExp(`(^|[\\s])(${list})\\.(\\d+|#)(\\.|$)`, "g");
  const dashed = new RegExp(`\\b(field|row-error|pick)-${list}-(\\d+|#)(?=-|$|\\s)`, "g");
  rowsOf(table).forEach((row, index) => {
    for (const element of [row, ...row.querySelectorAll("*")]) {
      for (const attribute of NUMBERED) {
        const old = element.getAttribute(attribute);
        if (old === null) continue;
        const made = old.replace(dotted, `$1$2.${index}$4`).replace(dashed, `$1-${list}-${index}`);
        if (made !== old) element.setAttribute(attribute, made);
      }
    }
    const number = row.querySelector("[data-row-number]");
    if (number) number.textContent = String(index + 1);
  });
}

/** The empty row of a table, ready to be filled, not yet numbered. */
function blank(table) {
  const list = table.dataset.lines;
  const template = document.querySelector(`template[data-row-template="${list}"]`);
  return template?.content.firstElementChild.cloneNode(true) ?? template?.content.querySelector("tr").cloneNode(true);
}

/** Add a row behind `after` (or last); returns it. `enhance` makes its pickers and dates live, after it has its number. */
export function addRow(table, enhance, after = null) {
  const row = blank(table);
  if (!row) return null;
  if (after) {
    let place = after;
    while (place.nextElementSibling?.matches("[data-row-error]")) place = place.nextElementSibling;
    place.after(row);
  } else table.tBodies[0].append(row);
  renumber(table);
  enhance(row);
  stepper(row);
  return row;
}

/** Remove a row and what was said about it. */
export function dropRow(row) {
  while (row.nextElementSibling?.matches("[data-row-error]")) row.nextElementSibling.remove();
  row.remove();
}

/** Whole numbers get − and + on the phone. */
export function stepper(root) {
  each(root, "[data-lines] input[inputmode=numeric]:not([data-picker]), [data-row] input[data-scale='0']", "step", (input) => {
    if (!isPhone() || input.closest(".fl-stepper")) return;
    const step = (by, name, label) => {
      const button = make("button", { type: "button", tabindex: "-1", "aria-label": label }, icon(name));
      button.addEventListener("click", () => {
        if (input.readOnly) return;
        input.value = String((Number.parseInt(input.value, 10) || 0) + by);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
      return button;
    };
    const box = make("span", { class: "fl-stepper" });
    input.replaceWith(box);
    box.append(step(-1, "minus", say("less")), input, step(1, "plus", say("more")));
  });
}

const cellsOf = (row) => [...row.cells].map((cell) => cell.querySelector(".fl-picker-input, input:not([type=hidden]):not([type=file]):not([data-no-model]), select:not([data-hidden]), textarea")).filter((control) => control && !control.disabled && !control.closest("[hidden]"));
const columnOf = (control) => control.closest("td")?.cellIndex;

function focusCell(row, column) {
  const control = row?.cells[column]?.querySelector(".fl-picker-input, input:not([type=hidden]), select:not([data-hidden]), textarea") ?? (row && cellsOf(row)[0]);
  control?.focus();
  control?.select?.();
}

/** Write one pasted text into a cell; resolves to whether it found a place. */
async function fill(cell, text) {
  const select = cell?.querySelector("select");
  const control = cell?.querySelector("input:not([type=hidden]):not([type=file]):not([data-no-model]), textarea");
  if (select) {
    const known = [...select.options].find((option) => option.text.trim() === text || option.value === text);
    if (known) select.value = known.value;
    else if (!select.closest("[data-picker]") || !(await pickByText(select, text))) return text === "";
    select.dispatchEvent(new Event("fl:set"));
    select.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }
  if (cell?.querySelector("output")) return true; // a calculated cell keeps its own value
  if (!control || control.readOnly) return text === "";
  if (control.type === "checkbox") control.checked = /^(1|true|yes|y|是|√|✓)$/i.test(text);
  else control.value = text;
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

/** "a\tb\nc\td" as Excel puts it on the clipboard; quoted cells may hold line breaks. */
export function readClipboard(text) {
  const rows = [[""]];
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const sign = text[i];
    const row = rows[rows.length - 1];
    if (quoted) {
      if (sign === '"' && text[i + 1] === '"') { row[row.length - 1] += '"'; i += 1; } else if (sign === '"') quoted = false;
      else row[row.length - 1] += sign;
    } else if (sign === '"' && row[row.length - 1] === "") quoted = true;
    else if (sign === "\t") row.push("");
    else if (sign === "\n") rows.push([""]);
    else if (sign !== "\r") row[row.length - 1] += sign;
  }
  if (rows.length > 1 && rows[rows.length - 1].join("") === "") rows.pop();
  return rows;
}

/** The table's keys and clipboard. hooks: add(table, after) -> row, remove(row), snapshot() -> restore function. */
export function startRows(form, hooks) {
  let undo = null;
  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-row-add]");
    const drop = event.target.closest("[data-row-remove]");
    if (add) {
      const row = hooks.add(form.querySelector(`[data-lines="${add.dataset.rowAdd}"]`), null);
      if (row) cellsOf(row)[0]?.focus();
    } else if (drop) {
      const row = drop.closest("[data-row]");
      const next = row.nextElementSibling?.matches("[data-row]") ? row.nextElementSibling : row.previousElementSibling;
      const table = row.closest("[data-lines]");
      hooks.remove(row);
      (next?.querySelector("[data-row-remove]") ?? form.querySelector(`[data-row-add="${table.dataset.lines}"]`))?.focus();
    }
  });
  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-row]");
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      const table = event.target.closest("[data-lines]") ?? event.target.closest("[data-field]")?.querySelector("[data-lines]");
      if (!table || !form.querySelector(`[data-row-add="${table.dataset.lines}"]`)) return;
      event.preventDefault();
      focusCell(hooks.add(table, row), null);
    } else if ((event.ctrlKey || event.metaKey) && event.key === "z" && undo) {
      event.preventDefault();
      undo();
      undo = null;
    } else if (row && !event.isComposing && !event.target.matches("button, [type=checkbox]")) {
      const rows = rowsOf(row.closest("table"));
      const down = event.key === "Enter" && !event.target.matches("textarea") ? 1 : event.key === "ArrowDown" && !event.target.matches("select, textarea") && !event.altKey ? 1 : 0;
      const up = event.key === "ArrowUp" && !event.target.matches("select, textarea") ? -1 : 0;
      if (!down && !up) return;
      event.preventDefault();
      focusCell(rows[rows.indexOf(row) + down + up], columnOf(event.target));
    }
  });
  form.addEventListener("input", (event) => { if (event.isTrusted) undo = null; });
  form.addEventListener("paste", async (event) => {
    const row = event.target.closest?.("[data-row]");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!row || !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    undo = hooks.snapshot();
    const kept = undo;
    const table = row.closest("table");
    const first = columnOf(event.target);
    const pasted = readClipboard(text);
    let missed = 0;
    let at = row;
    for (const [number, cells] of pasted.entries()) {
      if (number > 0) at = rowsOf(table)[rowsOf(table).indexOf(at) + 1] ?? hooks.add(table, null);
      if (!at) { missed += cells.length; continue; }
      let column = first;
      for (const cell of cells) {
        if (!(await fill(at.cells[column], cell.trim()))) missed += 1;
        column += 1;
      }
    }
    undo = kept;
    toast({ text: say("pasted", { n: pasted.length }) + (missed ? `；${say("columns_over", { n: missed })}` : ""), kind: missed ? "info" : "ok" });
  });
}
