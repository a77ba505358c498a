// What the server's answer says beside values: which options are offered now, which choices no longer fit, and which record
// has a value already that may occur once only.
import { toast } from "./overlays.js";
import { icon, make } from "./page.js";

/** Show just the options that are offered now; what is chosen stays until it is changed. options: path -> names. */
export function showOffers(form, options) {
  for (const [path, names] of Object.entries(options)) {
    for (const control of form.querySelectorAll(`[name="${CSS.escape(path)}"]`)) {
      for (const option of control.options ?? []) option.hidden = option.disabled = option.value !== "" && !option.selected && !names.includes(option.value);
      const label = control.matches("input[type=radio], input[type=checkbox]") ? control.closest(".fl-option") : null;
      if (label) label.hidden = !control.checked && !names.includes(control.value);
    }
  }
}

/** Choices that the server emptied: nobody decided them any more, and the person is told. unfit: path -> words. */
export function forgetUnfit(runtime, unfit) {
  for (const [path, words] of Object.entries(unfit)) {
    const [head, index, column] = path.split(".");
    const holder = column ? runtime.record[head]?.[index] : runtime.record;
    if (holder) runtime.touched.get(holder)?.delete(column ?? head);
    toast({ text: words, kind: "info" });
  }
}

/** Say beside a field that a record with its value is there already. hints: field -> {text, title, href}. */
export function showHints(form, hints) {
  for (const shown of form.querySelectorAll("[data-hint]")) if (!(shown.dataset.hint in hints)) shown.remove();
  for (const [name, { text, title, href }] of Object.entries(hints)) {
    const box = form.querySelector(`[data-field="${CSS.escape(name)}"]`);
    if (!box) continue;
    box.querySelector("[data-hint]")?.remove();
    box.append(make("p", { class: "fl-hint", "data-hint": name, role: "status" }, icon("alert-triangle"), ` ${text} `, href ? make("a", { class: "fl-link", href, target: "_blank" }, title) : null));
  }
}
