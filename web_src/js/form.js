// The form page: pickers, dates, uploads, line tables, live rules, errors, drafts. Works without any of it as a plain POST.
import "./common.js";
import { enhanceDate } from "./calendar.js";
import { askConflict } from "./conflict.js";
import { writeControls } from "./controls.js";
import { Drafts } from "./drafts.js";
import { Errors } from "./errors.js";
import { enhanceUpload, uploading } from "./files.js";
import { toast } from "./overlays.js";
import { each, enhanceControls } from "./page.js";
import { enhancePicker } from "./picker.js";
import { rowsOf, startRows, stepper } from "./rows.js";
import { markPercents, Runtime } from "./runtime.js";
import { say } from "./texts.js";

/** Make the controls under `root` live; app.js calls it for every page and swap that has some. */
export function enhance(root) {
  each(root, "div.fl-picker[data-picker]", "picker", enhancePicker);
  each(root, "input[data-picker]", "date", enhanceDate);
  each(root, "[data-upload]", "upload", enhanceUpload);
  enhanceControls(root);
  stepper(root);
  each(root, "#fl-form", "form", startForm);
}

/** Put the pairs of a draft back: rows first, then each control by its name. labels: what pickers showed. */
function restore(form, runtime, pairs, labels) {
  for (const table of form.querySelectorAll("[data-lines]")) {
    const list = table.dataset.lines;
    const wanted = Math.max(0, ...pairs.map(([name]) => (name.startsWith(`${list}.`) ? Number(name.split(".")[1]) + 1 : 0)));
    while (rowsOf(table).length > wanted) runtime.remove(rowsOf(table).pop());
    while (rowsOf(table).length < wanted && runtime.add(table));
  }
  const values = new Map();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  const controls = new Map();
  for (const control of form.querySelectorAll("[name]")) controls.set(control.name, [...(controls.get(control.name) ?? []), control]);
  for (const [name, found] of controls) {
    if (found[0].closest("[data-upload]") || found[0].type === "submit" || name === "version" || name === "base" || name.startsWith("_")) continue;
    const given = (values.get(name) ?? []).filter((value, _, all) => value !== "" && !(value === "false" && all.length > 1));
    const box = found.find((control) => control.type === "checkbox" && control.value === "true");
    const many = found.some((control) => control.multiple) || found.filter((control) => control.type === "checkbox").length > 1;
    if (box) box.checked = given.includes("true");
    else writeControls({ kind: "text" }, found, many ? given : given[0] ?? "", labels[name], "UTC");
    found[0].dispatchEvent(new Event("fl:filled", { bubbles: true }));
  }
  runtime.reread();
}

function startForm(form) {
  const stands = form.querySelector("#fl-form-rules") ?? document.getElementById("fl-form-rules");
  const rules = stands ? JSON.parse(stands.textContent) : {};
  markPercents(form, rules);
  const runtime = new Runtime(form, rules, enhance);
  form.flRecord = runtime.record; // what the page believes the person said
  new Errors(form);
  const drafts = new Drafts(form, rules.user?.id ?? "", (pairs, labels) => restore(form, runtime, pairs, labels));
  const changed = (event) => {
    if (event.target.dataset?.noModel !== undefined) return;
    untick(form, event.target);
    runtime.typed(event.target);
    drafts.touch();
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("fl:rows", () => drafts.touch());
  startRows(form, {
    add: (table, after) => runtime.add(table, after),
    remove: (row) => runtime.remove(row),
    snapshot: () => {
      const pairs = [...new FormData(form)].filter(([, value]) => typeof value === "string");
      const labels = drafts.labels();
      return () => restore(form, runtime, pairs, labels);
    },
  });
  form.addEventListener("submit", (event) => { if (!event.defaultPrevented) askConflict(event, form); });
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

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  const form = document.getElementById("fl-form");
  if (!form) return;
  event.preventDefault();
  document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));
  form.requestSubmit(form.querySelector(".fl-actions .fl-btn--primary") ?? undefined);
});
