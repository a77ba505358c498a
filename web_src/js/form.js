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
  const drafts = new Drafts(form, rules, (kept) => import("./restoring.js").then((restoring) => restoring.offer(form, runtime, drafts, kept, TOOLS)));
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
