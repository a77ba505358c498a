// What a spreadsheet puts on the clipboard, spread over a line table: rows of texts, and each text as its column means it. It comes
// with the first paste.
import "./app.js";
import { toast } from "./overlays.js";
import { learn, say } from "./texts.js";

learn({
  zh: {
    no_record: "{title}没有认出“{text}”，请从列表里选", wait_record: "{title}“{text}”：{first}，就会自动认出",
    pasted: "已粘贴 {n} 行，Ctrl+Z 撤销", cells_missed: "没有认出：{cells}", cells_missed_more: "没有认出：{cells}，还有 {n} 格",
    cell_missed: "第 {line} 行 {title} “{text}”", cell_outside: "第 {line} 行多出的 “{text}”", comma: "、", semicolon: "；",
    rows_over: "多出的 {n} 行放不下，最多 {most} 行",
  },
  en: {
    no_record: "{title}: \"{text}\" is not known; choose from the list", wait_record: "{title} \"{text}\": {first}, then it is looked up",
    pasted: "{n} rows pasted, Ctrl+Z to undo", cells_missed: "not understood: {cells}", cells_missed_more: "not understood: {cells} and {n} more",
    cell_missed: "line {line}, {title}: \"{text}\"", cell_outside: "line {line}: \"{text}\" is beyond the last column", comma: ", ", semicolon: "; ",
    rows_over: "{n} rows did not fit; at most {most}",
  },
});

const FEW_NAMED = 3;
const LONG = 30000; // how long it is told what found no place
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

function recordCell(spec, text, found) {
  const hit = found?.[text];
  return hit ? { value: spec.forms ? hit.value : Number(hit.value), label: hit.label } : { raw: `~${text}` };
}

/** A pasted text as a cell keeps it: {value}, {raw} when it can't be read but can be typed or looked up again, null when it has
 * no place. found: what records are called: text -> {value, label}; the last: what reads values, from the form's script. */
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
  if (spec.kind === "record") return recordCell(spec, text, found);
  if (spec.kind !== "text") return null;
  return { value: part.controls[0].matches("textarea") ? text : text.replace(/\s*\n\s*/g, " ") };
}

/** Ask the server, once for each column, which records texts mean. wanted: column -> texts. Gives column -> {found: text ->
 * {value, label}, first: what has to be chosen before}. */
async function findRecords(table, list, lines, wanted) {
  const parts = lines.parts(lines.template);
  const typed = [...new FormData(table.form)].filter(([name, value]) => typeof value === "string" && !name.startsWith(`${list}.`));
  const found = {};
  await Promise.all(Object.entries(wanted).map(async ([name, texts]) => {
    const source = parts[name].controls[0].closest("[data-src]")?.dataset.src.replace("/options/", "/named/");
    if (!source) return;
    const sent = new URLSearchParams(typed);
    sent.set("_texts", JSON.stringify([...new Set(texts)]));
    const answer = await fetch(source, { method: "POST", body: sent, headers: { Accept: "application/json" } }).catch(() => null);
    found[name] = answer?.ok ? await answer.json() : { found: {} };
  }));
  return found;
}

/** The texts that rows have for columns of records. */
function recordsIn(lines, columns, rows) {
  const parts = lines.parts(lines.template);
  const wanted = {};
  columns.forEach((name, at) => {
    if (lines.columns[name]?.kind !== "record" || !parts[name]?.controls.length) return;
    const texts = rows.map((cells) => (cells[at] ?? "").trim()).filter(Boolean);
    if (texts.length) wanted[name] = texts;
  });
  return wanted;
}

/** Cells that hold words which mean no record yet: beneath each line stands what they wait for. */
function mark(table, lines, found) {
  const parts = lines.parts(lines.template);
  lines.entries.forEach((one, index) => {
    const columns = Object.keys(found).filter((name) => one.raw[name]);
    if (!columns.length) return;
    const why = (name) => say(found[name].first ? "wait_record" : "no_record", { title: parts[name].cell.dataset.label ?? "", text: one.raw[name].slice(1), first: found[name].first });
    lines.forgive(one);
    one.wrong = { columns, words: columns.map(why).join("\n") };
    if (!one.row) return;
    one.row.classList.add("fl-row--bad");
    for (const name of columns) for (const control of one.row.querySelectorAll(`[data-field="${name}"] :is(select, .fl-picker-input)`)) control.setAttribute("aria-invalid", "true");
    one.row.after(lines.errorRow(one, index));
  });
  table.form.dispatchEvent(new Event("fl:rows")); // what is wrong is counted anew
}

const waiting = new WeakMap(); // form -> the lists that have such cells: name -> columns

/** When a field outside of the lists changes, words that meant no record may mean one. */
function lookAgain(table, list, columns) {
  if (!waiting.has(table.form)) {
    waiting.set(table.form, new Map());
    table.form.addEventListener("change", ({ target }) => { if (!target.closest("[data-row]")) for (const [name, those] of waiting.get(table.form)) again(table, name, those); });
  }
  const known = waiting.get(table.form);
  known.set(list, new Set([...known.get(list) ?? [], ...columns]));
}

async function again(table, list, columns) {
  const lines = table.runtime.tables.get(list);
  const wanted = {};
  for (const name of columns) {
    const texts = lines?.entries.map((one) => one.raw[name]?.slice(1)).filter(Boolean) ?? [];
    if (texts.length) wanted[name] = texts;
  }
  if (!Object.keys(wanted).length) return;
  const found = await findRecords(table, list, lines, wanted);
  const due = new Set();
  for (const one of lines.entries) for (const name of Object.keys(found)) {
    const given = one.raw[name] && recordCell(lines.columns[name], one.raw[name].slice(1), found[name].found);
    if (!given?.value) continue;
    table.write(list, lines, one, name, given);
    due.add(one.line);
  }
  mark(table, lines, found);
  if (due.size) table.runtime.follow(table.runtime.namesOf(lines, ...columns), due);
}

/** The columns that the texts stand for: all from here on, or without those that are calculated where the texts are no more
 * than the others and each can be one of its column. A first row of titles goes. */
function meant(table, lines, parts, all, rows) {
  const open = all.filter((name) => parts[name]?.controls.length);
  const titled = (columns) => rows[0].every((cell, at) => cell.trim() && cell.trim() === parts[columns[at]]?.cell.dataset.label);
  const named = rows.length > 1 && [open, all].find(titled);
  if (named) { rows.shift(); return named; }
  const reads = (cell, at) => {
    if (!cell.trim()) return true;
    const given = open[at] && readCell(lines.columns[open[at]] ?? { kind: "text" }, parts[open[at]], cell.trim(), lines.zone, null, table.tools);
    return given && (given.raw === undefined || given.raw.startsWith("~"));
  };
  return rows.every((cells) => cells.every(reads)) ? open : all;
}

/** Spread rows of texts over the cells from `here` on. Which records are meant is asked first; then all happens at once. */
export async function spread(table, here, text) {
  const { list, lines, one, column, fixed } = here;
  const rows = readClipboard(text);
  const order = [...lines.template?.cells ?? one.row.cells].map((cell) => cell.dataset.field).filter(Boolean);
  const parts = lines.parts(lines.template ?? one.row);
  const columns = meant(table, lines, parts, order.slice(order.indexOf(column)), rows);
  lines.box.setAttribute("aria-busy", "true");
  const found = await findRecords(table, list, lines, recordsIn(lines, columns, rows));
  lines.box.removeAttribute("aria-busy");
  const start = lines.entries.indexOf(one);
  if (start < 0) return;
  const missed = []; // {index, column, text}
  const lost = []; // those of them that have no place
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
      cells.forEach((cell, at) => {
        const [column, words] = [columns[at], cell.trim()];
        const kept = put(table, here, into, column, words, parts, found[column]?.found);
        if (!kept || found[column] && into.raw[column]) missed.push({ index: start + number, column, text: words });
        if (!kept) lost.push(words);
      });
    });
    table.runtime.arranged(list, due);
  });
  mark(table, lines, found);
  lookAgain(table, list, Object.keys(found));
  table.focus(lines, start, column);
  const more = [missed.length ? missing(missed, parts) : "", over ? say("rows_over", { n: over, most: lines.most }) : ""].filter(Boolean);
  const before = [...new Set(Object.values(found).map((one) => one.first).filter(Boolean))];
  const told = [say("pasted", { n: rows.length - over }), ...before, ...more].join(say("semicolon"));
  const gone = lost.length + over > 0; // it stands nowhere else
  const shown = toast({ text: told, kind: more.length ? "info" : "ok", stays: gone, action: { text: say("undo"), act: () => { if (table.steps.at(-1) === undo) table.back(); } } });
  if (gone) setTimeout(() => shown.remove(), LONG);
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

/** One pasted text into its cell; false when it has no place there. A calculated cell keeps its own value, an empty text that
 * of a new line which nobody decided: its default. */
function put(table, { list, lines }, one, name, text, parts, found) {
  const part = parts[name];
  if (!name) return text === "";
  if (!part?.controls.length) return text === "" || Boolean(part);
  if (text === "" && !table.runtime.stored(one.line) && !table.runtime.touched.get(one.line)?.has(name)) return true;
  const given = readCell(lines.columns[name] ?? { kind: "text" }, part, text, lines.zone, found, table.tools);
  if (!given) return text === "";
  table.write(list, lines, one, name, given);
  return true;
}
