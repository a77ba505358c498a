// Errors while filling: cleared when the field changes or a default fills it, checked when it is left, counted in the bar, jumped to by link.
import { readDate, readMoment } from "./dates.js";
import { readLength, readNumber, readPlace, readTime } from "./controls.js";
import { icon, make } from "./page.js";
import { markPanes, openAround } from "./panes.js";
import { say } from "./texts.js";

const PICKED = new Set(["choice", "choices", "record", "records", "date", "instant"]);
const WRONG = "[aria-invalid='true']:not(.fl-picker-input)";

/** The element of a link #field-x that can take focus. */
export function focusField(id) {
  const found = document.getElementById(id);
  const target = found?.matches("input:not([data-hidden]):not([type=hidden]), textarea, select:not([data-hidden]), button") ? found : found?.querySelector("input:not([type=hidden]), textarea, select, button") ?? found?.closest(".fl-field")?.querySelector("input:not([type=hidden]), textarea, select");
  if (!target) return;
  openAround(target);
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target.closest(".fl-field, tr")?.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
}

export class Errors {
  /** tables: list -> its Lines. */
  constructor(form, tables) {
    this.form = form;
    this.tables = tables;
    this.bar = form.querySelector("[data-next-error]") ?? this.makeBar();
    form.addEventListener("input", (event) => this.clear(event.target));
    form.addEventListener("change", (event) => { this.clear(event.target); this.check(event.target); });
    form.addEventListener("fl:filled", (event) => this.clear(event.target)); // a default came
    form.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#field-']");
      if (link) { event.preventDefault(); this.reach(link.hash.slice(1)); }
    });
    this.bar?.addEventListener("click", () => this.next());
    form.addEventListener("fl:rows", () => this.clearLists());
    this.told = form.querySelector("#fl-errors");
    this.links = [...this.told?.querySelectorAll("a[href^='#field-']") ?? []].filter((link) => this.isWrong(link));
    this.told?.focus();
    this.told?.setAttribute("aria-live", "off"); // it was read out; its count changes quietly
    this.count();
  }

  /** Whether what a link of the list leads to is still wrong; what is out of view stays so. */
  isWrong(link) {
    const box = document.getElementById(link.hash.slice(1))?.closest("td[data-field], .fl-field");
    return !box || box.matches(`.fl-field--bad, ${WRONG}`) || Boolean(box.querySelector(WRONG));
  }

  /** The list at the top strikes out what is mended, counts what is left, and goes when nothing is. n: what the page shows as wrong. */
  strike(n) {
    for (const link of this.links) link.classList.toggle("fl-mended", !this.isWrong(link));
    const all = this.told?.querySelectorAll("p > a").length;
    const others = this.told?.querySelectorAll("p:not(:has(a))").length;
    if (!this.links.length) return;
    this.told.hidden = !others && this.links.length === all && !this.told.querySelector("a:not(.fl-mended)") && !n;
    const lead = this.told.querySelector("[data-told]");
    const left = Number(lead.dataset.told) - this.told.querySelectorAll(".fl-mended").length || n;
    lead.textContent = left === 1 ? lead.dataset.one : lead.dataset.several.replace("{n}", left);
  }

  /** The bar's count, on pages that arrived without an error. */
  makeBar() {
    const spread = this.form.querySelector(".fl-actions > .fl-spread");
    const bar = make("button", { class: "fl-actions-bad", type: "button", "data-next-error": true, hidden: true }, icon("alert-circle"), make("span", { "data-error-count": true }));
    spread?.before(bar);
    return spread ? bar : null;
  }

  /** What is wrong, in the order of the page: a control, or a cell of a line, which may be out of view. */
  wrong() {
    const found = [];
    for (const element of this.form.querySelectorAll(`${WRONG}, table[data-lines]`)) {
      if (element.closest("[hidden], template")) continue;
      const lines = this.tables.get(element.dataset.lines);
      const cells = lines?.wrong() ?? [];
      if (lines && !cells.length && element.closest(".fl-field--bad")) found.push({ lines }); // the list as a whole
      else if (lines) for (const cell of cells) found.push({ lines, ...cell });
      else if (!this.tables.has(element.closest("[data-lines]")?.dataset.lines)) found.push({ control: element });
    }
    return found;
  }

  count() {
    const wrong = this.wrong();
    const n = wrong.length;
    this.strike(n);
    markPanes(this.form, wrong.map(({ control, lines }) => control ?? lines.table), (count) => say("to_fix", { n: count }));
    if (!this.bar) return;
    this.bar.hidden = n === 0;
    const words = this.bar.querySelector("[data-error-count]");
    if (words) words.textContent = say("to_fix", { n });
  }

  /** Go to the next one after the field where the person is, or was when the bar was pressed. */
  next() {
    const wrong = this.wrong();
    const key = ({ control, lines, index, column }) => (control ? control : `${lines.name}.${index}.${column}`);
    const here = document.activeElement?.closest?.("form") === this.form && document.activeElement !== this.bar ? this.place(document.activeElement) : this.last;
    const to = wrong[(wrong.findIndex((one) => key(one) === here) + 1) % wrong.length];
    if (!to) return;
    this.last = key(to);
    if (to.lines) this.reach(["field", ...to.lines.name.split("."), ...(to.column ? [to.index, to.column] : [])].join("-"));
    else if (to.control.id) focusField(to.control.id.replace(/-value$/, ""));
    else { openAround(to.control); to.control.focus(); }
  }

  /** What `next` knows the field of an element by. */
  place(element) {
    const row = element.closest("tr[data-row]");
    const lines = row && this.tables.get(row.closest("[data-lines]").dataset.lines);
    if (lines) return `${lines.name}.${lines.entries.indexOf(lines.of(row))}.${element.closest("[data-field]")?.dataset.field}`;
    const box = element.closest(".fl-field");
    return box ? [...box.querySelectorAll(WRONG)].find((one) => one === element || one.contains(element) || box.contains(one)) : null;
  }

  /** Go to the field of that id; a line that is out of view is brought there. */
  reach(id) {
    for (const [name, lines] of this.tables) {
      const found = id.match(new RegExp(`^field-${name.replaceAll(".", "-")}-(\\d+)(?:-(.+))?$`));
      if (found) lines.reveal(Number(found[1]));
    }
    focusField(id);
  }

  /** Changing a field takes its error away. */
  clear(control) {
    const box = control.closest?.("td[data-field], .fl-field");
    if (box?.closest(".fl-field--bad [data-lines]")) this.clearLists(); // a row that is filled is no empty list
    if (!box || box.querySelector("[data-lines]")) return;
    const marked = [...box.querySelectorAll("[aria-invalid='true']")];
    if (!marked.length && !box.classList.contains("fl-field--bad")) return;
    for (const one of marked) one.removeAttribute("aria-invalid");
    box.classList.remove("fl-field--bad");
    if (box.matches("td")) this.clearRow(box.closest("tr"));
    else box.querySelectorAll(":scope > .fl-error").forEach((error) => error.remove());
    this.count();
  }

  /** Rows that came or went take away what was said of the whole list. */
  clearLists() {
    for (const table of this.form.querySelectorAll(".fl-field--bad [data-lines]")) {
      const box = table.closest(".fl-field--bad");
      if (!table.querySelector("tbody > tr[data-row]")) continue;
      box.classList.remove("fl-field--bad");
      box.querySelectorAll(":scope > .fl-error").forEach((error) => error.remove());
    }
    this.count();
  }

  clearRow(row) {
    if (row.querySelector("[aria-invalid='true']")) return;
    const lines = this.tables.get(row.closest("[data-lines]")?.dataset.lines);
    if (lines?.of(row)) lines.forgive(lines.of(row));
  }

  /** What can be seen to be wrong on leaving: no number, no date, outside the limits, needed but emptied. */
  check(control) {
    const why = this.reason(control);
    if (!why) return;
    const shown = control.classList.contains("fl-picker-input") ? control.closest(".fl-picker").querySelector("select") : control;
    control.setAttribute("aria-invalid", "true");
    const id = `${shown.id || shown.name}-error`;
    control.setAttribute("aria-describedby", id);
    const error = make("p", { class: "fl-error", id }, icon("alert-circle"), why);
    const cell = control.closest("td[data-field]");
    if (cell) {
      const row = cell.closest("tr");
      row.classList.add("fl-row--bad");
      const label = cell.dataset.label ?? "";
      error.lastChild.textContent = label ? `${label}${say("mark")}${why}` : why;
      const said = row.nextElementSibling?.matches("[data-row-error]") ? row.nextElementSibling.querySelector(".fl-error") : null;
      if (said) { said.append(`\n${error.textContent}`); control.setAttribute("aria-describedby", said.id); } else row.after(make("tr", { class: "fl-row-error", "data-row-error": true }, make("td", { class: "fl-lines-no" }), make("td", { colspan: row.cells.length - 1 }, error)));
    } else {
      const box = control.closest(".fl-field");
      box?.classList.add("fl-field--bad");
      box?.append(error);
    }
    this.count();
  }

  reason(control) {
    if (!control.matches?.("input, textarea, select") || control.dataset.noModel !== undefined || control.type === "file") return null;
    const text = (control.value ?? "").trim();
    if (!text) return control.getAttribute("aria-required") === "true" && control.type !== "radio" && control.type !== "checkbox" ? say(PICKED.has(control.dataset.kind) || control.matches("select, .fl-picker-input") ? "required_pick" : "required") : null;
    const picker = control.dataset.picker;
    if (picker === "date" && !readDate(text)) return say("not_a_date");
    if (picker === "datetime" && !readMoment(text)) return say("not_a_date");
    const { fits, misfit, kind } = control.dataset;
    if (kind === "time" && !readTime(text)) return say("not_a_time");
    if (kind === "length" && readLength(text) === null) return say("not_a_length");
    if (kind === "location" && !readPlace(text)) return say("not_a_place");
    if (fits && !new RegExp(`^(?:${fits})$`, "u").test(text)) return misfit;
    if (control.dataset.kind !== "number" && control.inputMode !== "decimal") return null;
    const number = readNumber(text);
    if (number === undefined) return say("not_a_number");
    const { min, max } = control.dataset;
    if (min && Number(number) < Number(min)) return say("least", { n: min });
    if (max && Number(number) > Number(max)) return say("most", { n: max });
    return null;
  }
}
