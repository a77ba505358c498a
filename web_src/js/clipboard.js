// What a spreadsheet puts on the clipboard, read for a line table: rows of texts, and each text as its column means it.
import "./app.js";

const YES = /^(1|true|yes|y|on|是|√|✓|对)$/i;

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
export function readCell(spec, part, text, zone, found, { readDate, readMoment, readNumber, toInstant }) {
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
    return hit ? { value: Number(hit.value), label: hit.label } : null;
  }
  if (spec.kind !== "text") return null;
  return { value: part.controls[0].matches("textarea") ? text : text.replace(/\s*\n\s*/g, " ") };
}

/** Ask the server, once for each column, which records the pasted texts mean. Gives column -> text -> {value, label}. */
export async function findRecords(lines, columns, rows, body) {
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
