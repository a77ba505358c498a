// What a spreadsheet puts on the clipboard, spread over a line table: rows of texts, and each text as its column means it. It comes
// with the first paste.
import "./app.js";
import { toast } from "./overlays.js";
import { learn, say } from "./texts.js";

learn({
  zh: {
    pasted: "已粘贴 {n} 行，Ctrl+Z 撤销", cells_missed: "没有认出：{cells}", cells_missed_more: "没有认出：{cells}，还有 {n} 格",
    cell_missed: "第 {line} 行 {title} “{text}”", cell_outside: "第 {line} 行多出的 “{text}”", comma: "、", semicolon: "；",
    rows_over: "多出的 {n} 行放不下，最多 {most} 行",
  },
  en: {
    pasted: "{n} rows pasted, Ctrl+Z to undo", cells_missed: "not understood: {cells}", cells_missed_more: "not understood: {cells} and {n} more",
    cell_missed: "line {line}, {title}: \"{text}\"", cell_outside: "line {line}: \"{text}\" is beyond the last column", comma: ", ", semicolon: "; ",
    rows_over: "{n} rows did not fit; at most {most}",
  },
});

const FEW_NAMED = 3;
const YES = /^(1|true|yes|y|on|是|√|✓|对)$/i;

/** "a\tb\nc\td" as Excel puts it on the clipboard; quoted cells may hold line breaks. */
function readClipboard(text) {
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

/** The options of a cell: [value, words]. */
function optionsOf(part) {
  const select = part.controls.find((control) => control.tagName === "SELECT");
  if (select) return [...select.options].map((option) => [option.value, option.text.trim()]);
  return part.controls.filter((control) => control.matches("[type=radio], [type=checkbox]")).map((control) => [control.value, control.closest("label")?.textContent.trim() ?? ""]);
}

function chosen(part, text) {
  const found = optionsOf(part).find(([value, words]) => value !== "" && (value === text || words === text || words.toLowerCase() === text.toLowerCase()));
  return found?.[0];
}

/** A pasted text as a cell keeps it: {value}, {raw} when it can't be read but can be typed, null when it has no place. found:
 * what records are called: text -> {value, label}; the last: what reads values, from the form's script. */
function readCell(spec, part, text, zone, found, { readDate, readMoment, readNumber, toInstant }) {
  if (!part || !spec) return null;
  if (text === "") return spec.kind === "files" ? null : { value: spec.kind === "choices" ? [] : spec.kind === "boolean" ? false : null };
  if (spec.kind === "number") {
    const number = readNumber(text);
    return number === undefined ? { raw: text } : { value: number };
  }
  if (spec.kind === "date") {
    const date = readDate(text);
    return date ? { value: date } : { raw: text };
  }
  if (spec.kind === "instant") {
    const moment = readMoment(text);
    return moment ? { value: toInstant(moment, zone) } : { raw: text };
  }
  if (spec.kind === "boolean") return { value: YES.test(text) };
  if (spec.kind === "choice") {
    const value = chosen(part, text);
    return value === undefined ? null : { value };
  }
  if (spec.kind === "choices") {
    const values = text.split(/[、,，;；\n]/).map((one) => one.trim()).filter(Boolean).map((one) => chosen(part, one));
    return values.includes(undefined) ? null : { value: values };
  }
  if (spec.kind === "record") {
    const hit = found?.[text];
    return hit ? { value: spec.forms ? hit.value : Number(hit.value), label: hit.label } : null;
  }
  if (spec.kind !== "text") return null;
  return { value: part.controls[0].matches("textarea") ? text : text.replace(/\s*\n\s*/g, " ") };
}

/** Ask the server, once for each column, which records the pasted texts mean. Gives column -> text -> {value, label}. */
async function findRecords(lines, columns, rows, body) {
  const parts = lines.parts(lines.template);
  const wanted = {};
  columns.forEach((name, at) => {
    if (lines.columns[name]?.kind !== "record" || !parts[name]?.controls.length) return;
    wanted[name] = [...new Set(rows.map((cells) => (cells[at] ?? "").trim()).filter(Boolean))];
  });
  const found = {};
  await Promise.all(Object.entries(wanted).filter(([, texts]) => texts.length).map(async ([name, texts]) => {
    const source = parts[name].controls[0].closest("[data-src]")?.dataset.src.replace("/options/", "/named/");
    if (!source) return;
    const sent = new URLSearchParams(body);
    sent.set("_texts", JSON.stringify(texts));
    const answer = await fetch(source, { method: "POST", body: sent, headers: { Accept: "application/json" } }).catch(() => null);
    found[name] = answer?.ok ? (await answer.json()).found : {};
  }));
  return found;
}

/** Spread rows of texts over the cells from `here` on. Which records are meant is asked first; then all happens at once. */
export async function spread(table, here, text) {
  const { list, lines, one, column, fixed } = here;
  const rows = readClipboard(text);
  const order = [...lines.template?.cells ?? one.row.cells].map((cell) => cell.dataset.field).filter(Boolean);
  const columns = order.slice(order.indexOf(column));
  const typed = new URLSearchParams([...new FormData(table.form)].filter(([name, value]) => typeof value === "string" && !name.startsWith(`${list}.`)));
  lines.box.setAttribute("aria-busy", "true");
  const found = await findRecords(lines, columns, rows, typed);
  lines.box.removeAttribute("aria-busy");
  const start = lines.entries.indexOf(one);
  if (start < 0) return;
  const parts = lines.parts(lines.template ?? one.row);
  const missed = []; // {index, column, text}
  let over = 0;
  const { undo } = table.step(list, () => {
    const room = fixed || !lines.template ? lines.entries.length : lines.most;
    const fits = rows.slice(0, room - start);
    over = rows.length - fits.length;
    while (lines.entries.length < start + fits.length) lines.insert(lines.entries.length, lines.blank());
    const due = new Set();
    fits.forEach((cells, number) => {
      const into = lines.entries[start + number];
      due.add(into.line);
      cells.forEach((cell, at) => { if (!put(table, here, into, columns[at], cell.trim(), parts, found)) missed.push({ index: start + number, column: columns[at], text: cell.trim() }); });
    });
    table.runtime.arranged(list, due);
  });
  table.focus(lines, start, column);
  const more = [missed.length ? missing(missed, parts) : "", over ? say("rows_over", { n: over, most: lines.most }) : ""].filter(Boolean);
  const told = [say("pasted", { n: rows.length - over }), ...more].join(say("semicolon"));
  toast({ text: told, kind: more.length ? "info" : "ok", stays: more.length > 0, action: { text: say("undo"), act: () => { if (table.steps.at(-1) === undo) table.back(); } } });
}

/** Which pasted texts have no place, and where they were to go: the first few by name. */
function missing(missed, parts) {
  const named = missed.slice(0, FEW_NAMED).map(({ index, column, text }) => {
    const title = parts[column]?.cell.dataset.label;
    return say(title ? "cell_missed" : "cell_outside", { line: index + 1, title, text: text.length > 20 ? `${text.slice(0, 19)}…` : text });
  });
  const left = missed.length - named.length;
  return say(left ? "cells_missed_more" : "cells_missed", { cells: named.join(say("comma")), n: left });
}

/** One pasted text into its cell; false when it has no place there. A calculated cell keeps its own value. */
function put(table, { list, lines }, one, name, text, parts, found) {
  const part = parts[name];
  if (!name) return text === "";
  if (!part?.controls.length) return text === "" || Boolean(part);
  const given = readCell(lines.columns[name] ?? { kind: "text" }, part, text, lines.zone, found[name], table.tools);
  if (!given) return text === "";
  table.write(list, lines, one, name, given);
  return true;
}
