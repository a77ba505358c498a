// The form page: pickers, dates, uploads, line tables, live rules, errors, drafts. Works without any of it as a plain POST.
import "./app.js";
import { PARTS, addressParts, joined } from "./address.js";
import { restingText, startAmounts } from "./amounts.js";
import { readControls, readNumber, readText, readTime, rounded, sameValue, shownValue, toInstant, writeControls } from "./controls.js";
import { enhanceDate, readDate, readMoment } from "./dates.js";
import { Drafts } from "./drafts.js";
import { Errors } from "./errors.js";
import { toast } from "./overlays.js";
import { each, enhanceControls, isPhone } from "./page.js";
import { enhancePickers } from "./picker.js";
import { markPercents } from "./percents.js";
import { Runtime } from "./runtime.js";
import { send } from "./sending.js";
import { say } from "./texts.js";
import "./texts_form.js";
import { enhanceUpload, upload, uploading } from "./uploads.js";

const TOOLS = { readControls, readDate, readMoment, readNumber, readText, restingText, rounded, sameValue, shownValue, toInstant, writeControls };
let table = null; // what only a form with a line table needs, once it is here

/** Make the controls under `root` live; app.js calls it for every page and swap that has some. Where a script doesn't come, it
 * stays a plain form. */
export async function enhance(root) {
  if (root.matches("[data-lines]") || root.querySelector("[data-lines]")) table ??= await import("./table.js");
  enliven(root);
}

function enliven(root) {
  enhancePickers(root);
  each(root, "input[data-picker]", "date", enhanceDate);
  each(root, "[data-upload]", "upload", enhanceUpload);
  enhanceControls(root, { readTime, upload, PARTS, addressParts, joined });
  table?.stepper(root, TOOLS);
  each(root, "#fl-form, .fl-task-form", "form", startForm);
}

/** Put the pairs of a draft back: lists first, then each control by its name. labels: what pickers showed. */
function restore(form, runtime, pairs, labels) {
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
    if (given) carried.columns.forEach((name, at) => lines.carried(one, name, given[at]));
    else for (const [name, value] of pairs) if (name.startsWith(`${lines.name}.${index}.`)) lines.type(one, own(name).split(".").slice(1).join("."), value);
  }
  lines.draw();
  for (const one of lines.entries) for (const inner of one.inner.values()) restoreLines(inner, pairs, labels);
}

/** Where a dialog begins: at its first question; on the phone, whose keyboard would cover it, at its head. */
function begin(form) {
  const questions = [...form.querySelectorAll(".fl-dialog-body :is(input, select, textarea):not([type=hidden], [type=file], [data-hidden])")];
  const first = isPhone() ? null : questions.find((one) => one.offsetParent);
  (first ?? form.querySelector("[data-close]"))?.focus();
}

function startForm(form) {
  const opened = document.activeElement?.matches("[data-first]"); // a dialog gives it the focus, as its first button
  form.querySelectorAll("[data-first]").forEach((button) => button.remove()); // for Enter without scripts
  if (opened) requestAnimationFrame(() => begin(form));
  const stands = form.querySelector("script[type='application/json']") ?? document.getElementById("fl-form-rules");
  const rules = stands ? JSON.parse(stands.textContent) : {};
  markPercents(form, rules);
  const runtime = new Runtime(form, rules, (box, spec, options) => new table.Lines(box, spec, { ...options, enhance: enliven, tools: TOOLS }));
  startAmounts(form);
  form.flRecord = runtime.record; // what the page believes the person said
  form.addEventListener("formdata", (event) => runtime.carry(event.formData));
  new Errors(form, runtime.tables);
  const drafts = new Drafts(form, rules.user?.id ?? "", (pairs, labels) => restore(form, runtime, pairs, labels));
  const changed = (event) => {
    if (event.target.dataset?.noModel !== undefined) return;
    untick(form, event.target);
    runtime.typed(event.target);
    drafts.touch();
    form.closest("#fl-todo")?.setAttribute("data-morph-keep", ""); // what is typed here stays when others change the record
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("fl:rows", () => drafts.touch());
  if (table) new table.Rows(form, runtime, TOOLS);
  form.addEventListener("submit", (event) => { if (!event.defaultPrevented) send(event, form); });
  form.addEventListener("submit", (event) => {
    if (!uploading() && !runtime.waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (uploading()) toast({ text: say("still_uploading"), kind: "info" });
    else runtime.caughtUp().then(() => form.requestSubmit(event.submitter));
  }, true);
}

/** A change of what a warning is about takes its confirmation away. */
function untick(form, control) {
  const name = (control.name || control.dataset.name || "").split(".")[0];
  for (const warning of form.querySelectorAll(".fl-warning[data-reads]")) {
    if (warning.dataset.reads.split(" ").includes(name)) warning.querySelectorAll("input[type=checkbox]").forEach((tick) => { tick.checked = false; });
  }
}
