// A draft that this device has is offered, and put back into the form. It comes only where there is one.
import "./app.js";
import { icon, make } from "./page.js";
import { learn, say } from "./texts.js";

learn({
  zh: {
    draft_found: "这台设备上有 {time} 没填完的草稿", draft_use: "恢复草稿", draft_drop: "不要了",
  },
  en: {
    draft_found: "This device has an unfinished draft from {time}", draft_use: "Restore draft", draft_drop: "Discard",
  },
});

/** By the organisation's clock, as all times. */
const written = (time, timeZone) => new Date(time).toLocaleString("sv", { timeZone }).slice(0, 16);

/** Show the draft's time with a button that takes it up and one that throws it away. draft: {time, pairs, labels}. */
export function offer(form, runtime, drafts, draft, { writeControls }) {
  const use = make("button", { type: "button", class: "fl-btn fl-btn--small" }, say("draft_use"));
  const drop = make("button", { type: "button", class: "fl-link-btn" }, say("draft_drop"));
  const box = make("div", { class: "fl-banner fl-draft", role: "status" }, icon("history"), make("span", {}, say("draft_found", { time: written(draft.time, runtime.rules.zone) })), use, drop);
  use.addEventListener("click", () => { box.remove(); restore(form, runtime, draft, writeControls); drafts.touch(); });
  drop.addEventListener("click", () => { box.remove(); localStorage.removeItem(drafts.key); });
  form.prepend(box);
}

/** Put the pairs of a draft back: lists first, then each control by its name. labels: what pickers showed. */
function restore(form, runtime, { pairs, labels = {} }, writeControls) {
  for (const lines of runtime.tables.roots.values()) restoreLines(lines, pairs, labels);
  const values = new Map();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  const controls = new Map();
  for (const control of form.querySelectorAll("[name]:not(button)")) controls.set(control.name, [...(controls.get(control.name) ?? []), control]);
  for (const [name, found] of controls) {
    if (found[0].closest("[data-upload]") || name === "version" || name.startsWith("_")) continue;
    const inLine = found[0].closest("[data-row]");
    if (inLine && !values.has(name) && runtime.tables.get(inLine.closest("[data-lines]")?.dataset.lines)?.of(inLine)) continue; // it was carried
    const given = (values.get(name) ?? []).filter((value, _, all) => value !== "" && !(value === "false" && all.length > 1));
    const box = found.find((control) => control.type === "checkbox" && control.value === "true");
    const many = found.some((control) => control.multiple) || found.filter((control) => control.type === "checkbox").length > 1;
    if (box) box.checked = given.includes("true");
    else writeControls({ kind: "text" }, found, many ? given : given[0] ?? "", labels[name], "UTC");
    found[0].dispatchEvent(new Event("fl:filled", { bubbles: true }));
  }
  runtime.reread();
}

/** A posted text becomes the value of a cell, or what can't be read of it. */
function type(lines, one, name, text) {
  if (name === "id") { if (text) one.line.id = Number(text) || text; return; }
  const spec = lines.columns[name];
  if (!spec || spec.lines || spec.kind === "files") return;
  const value = spec.kind === "choices" ? [...(one.typed?.[name] ?? []), text].filter(Boolean) : lines.tools.readText(spec, text, lines.zone);
  (one.typed ??= {})[name] = value;
  if (value === undefined) { one.raw[name] = text; one.line[name] = null; } else one.line[name] = value;
}

/** A carried value: as JSON, or a text that could not be read as its column's kind. */
function carry(lines, one, name, given) {
  const kind = lines.columns[name]?.kind;
  const { readNumber, readDate } = lines.tools;
  const odd = typeof given === "string" && ((kind === "number" && readNumber(given) === undefined) || (kind === "date" && !readDate(given)) || (kind === "instant" && Number.isNaN(Date.parse(given))) || (kind === "record" && given[0] === "~"));
  if (odd) one.raw[name] = given;
  one.line[name] = odd ? null : given;
}

/** As many lines as the draft had; those that were carried along get their values here, the others by their controls. */
function restoreLines(lines, all, labels) {
  const own = (name) => name.slice(lines.name.length + 1);
  const pairs = all.filter(([name]) => name.startsWith(`${lines.name}.`));
  const carried = JSON.parse(pairs.find(([name]) => name === `${lines.name}.rows`)?.[1] ?? "null");
  const wanted = Math.max(carried?.rows.length ?? 0, ...pairs.map(([name]) => Number(own(name).split(".")[0]) + 1 || 0));
  for (const [name, words] of Object.entries(labels)) {
    const value = pairs.find(([one]) => one === name)?.[1];
    if (value && typeof words === "string") lines.learn(own(name).split(".").slice(1).join("."), value, words);
  }
  lines.take(0, lines.entries.length);
  for (let index = 0; index < wanted; index += 1) {
    const one = lines.blank();
    lines.insert(index, one);
    const given = carried?.rows[index];
    if (given) carried.columns.forEach((name, at) => carry(lines, one, name, given[at]));
    else for (const [name, value] of pairs) if (name.startsWith(`${lines.name}.${index}.`)) type(lines, one, own(name).split(".").slice(1).join("."), value);
  }
  lines.draw();
  for (const one of lines.entries) for (const inner of one.inner.values()) restoreLines(inner, pairs, labels);
}
