// A list of lines. Every line is an entry here, in order; of a long list only the entries in view have a row on the page.
// What was typed, what is wrong and what pickers show survives without the row.
import { icon, make } from "./page.js";

const FEW = 50; // up to so many lines all stand on the page
const SPARE = 5; // rows kept ready above and below what is in view
const FLAT = new Set(["text", "number", "boolean", "date", "instant", "choice", "choices", "record"]);
const NUMBERED = ["name", "id", "for", "data-calculated", "data-name", "data-lines", "data-row-add", "data-row-template", "data-total", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "value"];

const rowsOf = (table) => [...table.tBodies[0].children].filter((row) => row.matches("tr[data-row]"));

/** An entry: {line: its values as JSON, row: its <tr> or null, raw: column -> text that can't be read, wrong: {columns, words}
 * or null, height, inner: name -> the Lines of a list that the line holds}. */
export const entry = (line = {}, row = null) => ({ line, row, raw: {}, wrong: null, height: 0, inner: new Map() });

export class Lines {
  /** spec: the list as in the rules; holder: the record, or the line, that holds it; titles: column -> {value: words};
   * shown(entry, index): called when a row came into view; grown(entry): when one was made; tools: what reads and writes values,
   * from the form's script: were it imported, every form would fetch one file more. */
  constructor(table, spec, { holder, enhance, shown, grown, tools, zone, titles = {} }) {
    Object.assign(this, { table, spec, holder, columns: spec.lines.fields, enhance, shown, grown, titles, tools, zone });
    this.own = spec.path; // its name, with those of the lists around it: parcels.items
    this.key = this.own.split(".").at(-1);
    this.depth = this.own.split(".").length;
    this.body = table.tBodies[0];
    this.box = table.closest(".fl-lines-box") ?? table;
    this.template = this.findTemplate();
    this.most = Number(table.dataset.most || Infinity);
    this.entries = [];
    this.byRow = new WeakMap();
    this.partsOf = new WeakMap();
    const written = (sign) => this.own.split(".").join(`${sign}(?:\\d+|#)${sign}`);
    this.dotted = new RegExp(`(^|[\\s])${written("\\.")}\\.(\\d+|#)(?=\\.|$)`, "g");
    this.dashed = new RegExp(`\\b(field|row-error|pick)-${written("-")}-(\\d+|#)(?=-|$|\\s)`, "g");
    this.dropped = new RegExp(`^${written("\\.")} drop (\\d+|#)$`);
    this.flat = Object.values(this.columns).every((spec) => FLAT.has(spec.kind));
    this.last = "";
    const follow = () => { this.due ??= requestAnimationFrame(() => { this.due = null; this.follow(); }); };
    document.addEventListener("scroll", follow, { capture: true, passive: true });
    addEventListener("resize", follow);
  }

  /** Its path on the page now, with the numbers of the lines around it: parcels.2.items. */
  get name() {
    return this.table.dataset.lines;
  }

  findTemplate() {
    const content = this.box.parentElement?.querySelector(":scope > template[data-row-template]")?.content;
    return content?.firstElementChild ?? content?.querySelector("tr") ?? null;
  }

  /** Take over the rows of the page, and those that it carries along. values: the lines as JSON. */
  adopt(values, faults = {}) {
    const stand = rowsOf(this.table);
    const holder = this.box.parentElement?.querySelector(`textarea[name="${CSS.escape(this.name)}.rows"]`);
    const carried = holder ? JSON.parse(holder.value) : { columns: [], rows: stand.map(() => null) };
    holder?.remove();
    this.box.parentElement?.querySelector("[data-line-pages]")?.remove();
    this.entries = carried.rows.map((given, index) => {
      if (!given) return this.taken(entry(values[index] ?? {}, stand.shift()));
      const made = entry({ ...values[index], ...Object.fromEntries(carried.columns.map((name, at) => [name, given[at]])) });
      const fault = faults[index];
      for (const name of fault?.raw ?? []) { made.raw[name] = made.line[name]; made.line[name] = null; }
      if (fault) made.wrong = { columns: fault.columns, words: fault.words };
      return made;
    });
    for (const { row } of this.entries) if (row) row.flIndex = Number(row.querySelector("[name]")?.name.split(".")[2 * this.depth - 1] ?? -1);
    if (this.template) for (const line of values.slice(this.entries.length)) this.entries.push(entry(line));
  }

  taken(made) {
    this.byRow.set(made.row, made);
    return made;
  }

  get lines() {
    return this.entries.map((one) => one.line);
  }

  /** Whether only the rows in view are live. */
  get windowed() {
    return this.flat && this.entries.length > FEW;
  }

  of(row) {
    return this.byRow.get(row);
  }

  // -- coming and going -----------------------------------------------------------------------------------------------

  insert(index, ...made) {
    this.entries.splice(index, 0, ...made);
  }

  /** Take entries out; their rows leave the page. */
  take(index, count = 1) {
    const out = this.entries.splice(index, count);
    for (const one of out) this.park(one);
    return out;
  }

  move(from, to) {
    const [one] = this.entries.splice(from, 1);
    const focused = one.row?.contains(document.activeElement) ? document.activeElement : null;
    this.entries.splice(to, 0, one);
    if (one.row) for (const part of [one.row, ...this.said(one.row)]) part.remove();
    this.draw();
    focused?.focus({ preventScroll: true });
  }

  /** An entry with what an empty row holds. */
  blank() {
    const made = entry();
    const row = this.template?.cloneNode(true);
    if (row) for (const [name, part] of Object.entries(this.parts(row))) {
      const value = this.columns[name] && this.tools.readControls(this.columns[name], part.controls, this.zone);
      if (value !== undefined) made.line[name] = value;
    }
    return made;
  }

  /** The cells of a row by column: {cell, controls, output}. */
  parts(row) {
    let known = this.partsOf.get(row);
    if (!known) {
      known = {};
      for (const control of row.querySelectorAll("[name]:not(button), [data-calculated]")) {
        if (control.closest("tr[data-row]") !== row || control.closest("[data-inner]")?.closest("tr[data-row]") === row) continue;
        const name = (control.getAttribute("name") ?? control.dataset.calculated).split(".").slice(2 * this.depth).join(".");
        const part = (known[name] ??= { cell: control.closest("[data-field], td"), controls: [], output: null });
        if (control.hasAttribute("data-calculated")) part.output = control;
        else part.controls.push(control);
      }
      this.partsOf.set(row, known);
    }
    return known;
  }

  said(row) {
    const found = [];
    for (let next = row.nextElementSibling; next?.matches("[data-row-error]"); next = next.nextElementSibling) found.push(next);
    return found;
  }

  /** The row leaves the page; what it holds stays in the entry. */
  park(one) {
    const { row } = one;
    if (!row) return;
    this.note(one);
    const wrong = this.invalid(row);
    const said = this.said(row);
    one.wrong = wrong.length || said.length ? { columns: wrong, words: said[0]?.querySelector(".fl-error")?.textContent ?? "" } : null;
    for (const part of [row, ...said]) part.remove();
    if (!this.flat) one.kept = row; // uploads and the like live in their row
    one.row = null;
  }

  /** Make the row of an entry, with its number and values. */
  unpark(one, index) {
    const row = one.kept ?? this.template.cloneNode(true);
    one.row = row;
    this.taken(one);
    this.number(row, index);
    if (!one.kept) this.grown(one);
    const id = row.querySelector(`[name="${CSS.escape(`${this.name}.${index}.id`)}"]`);
    if (id && one.line.id != null) id.value = one.line.id;
    this.enhance(row);
    for (const [name, part] of Object.entries(this.parts(row))) this.fill(one, name, part);
    if (!one.wrong) return;
    row.classList.add("fl-row--bad");
    for (const name of one.wrong.columns) for (const control of this.parts(row)[name]?.controls ?? []) {
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", this.errorId(index));
    }
  }

  errorId(index) {
    return `row-error-${this.name.replaceAll(".", "-")}-${index}`;
  }

  fill(one, name, part) {
    const spec = this.columns[name];
    if (!spec || !part.controls.length || spec.kind === "files") return;
    const raw = one.raw[name];
    if (raw && spec.kind !== "record") { part.controls[0].value = raw; return; }
    this.tools.writeControls(spec, part.controls, raw ?? one.line[name], raw?.slice(1) ?? this.written(one, name, spec), this.zone);
    part.controls[0].dispatchEvent(new Event("fl:filled", { bubbles: true })); // whoever draws it beside the control looks anew
  }

  /** How the control writes a value. */
  written(one, name, spec) {
    const value = one.line[name];
    if (spec.kind === "record") return Array.isArray(value) ? value.map((id) => this.title(name, id)) : this.title(name, value);
    if (spec.kind !== "number" || value === null || value === undefined) return undefined;
    if (spec.percent) return this.tools.shownValue(spec, value);
    return spec.currency && spec.decimals != null ? this.tools.rounded(value, spec.decimals) : undefined;
  }

  title(name, id) {
    return this.titles[`${this.own}.${name}`]?.[id];
  }

  /** Remember what a value is called. */
  learn(name, id, words) {
    if (id !== "" && words) (this.titles[`${this.own}.${name}`] ??= {})[id] = words;
  }

  /** Beneath a row that was parked with something wrong stands why. */
  errorRow(one, index) {
    const words = make("p", { class: "fl-error", id: this.errorId(index) }, icon("alert-circle"), one.wrong.words);
    return make("tr", { class: "fl-row-error", "data-row-error": true }, make("td", { class: "fl-lines-no" }), make("td", { colspan: one.row.cells.length - 1 }, words));
  }

  /** Give a row and what stands beneath it the number of its place. */
  number(row, index) {
    if (row.flIndex === index) return;
    row.flIndex = index;
    row.setAttribute("aria-rowindex", index + 2);
    for (const root of [row, ...(row.isConnected ? this.said(row) : [])]) {
      for (const element of [root, ...root.querySelectorAll("*")]) {
        for (const attribute of NUMBERED) {
          const old = element.getAttribute(attribute);
          if (old === null || (attribute === "value" && element.tagName !== "BUTTON")) continue;
          const made = old.replace(this.dotted, `$1${this.name}.${index}`).replace(this.dashed, `$1-${this.name.replaceAll(".", "-")}-${index}`).replace(this.dropped, `${this.name} drop ${index}`);
          if (made !== old) element.setAttribute(attribute, made);
        }
      }
    }
    const number = row.querySelector("[data-row-number]");
    if (number) number.textContent = String(index + 1);
  }

  // -- the window -----------------------------------------------------------------------------------------------------

  /** How high a row is that doesn't stand there: as it was, or as the others are. */
  measure() {
    const live = this.entries.filter((one) => one.row?.isConnected);
    let all = 0;
    for (const one of live) { one.height = one.row.offsetHeight + this.said(one.row).reduce((sum, part) => sum + part.offsetHeight, 0); all += one.height; }
    if (all) this.usual = all / live.length;
    this.usual ??= 39;
  }

  height(one) {
    return one.height || this.usual;
  }

  /** The numbers [from, to) of the rows in view, with some to spare. */
  range() {
    const n = this.entries.length;
    if (!this.windowed) return [0, n];
    const box = this.box.getBoundingClientRect();
    const start = this.body.getBoundingClientRect().top;
    const top = Math.max(0, box.top) - start;
    const bottom = Math.min(innerHeight, box.bottom) - start;
    let from = 0;
    let y = 0;
    while (from < n - 1 && y + this.height(this.entries[from]) <= top) { y += this.height(this.entries[from]); from += 1; }
    let to = from;
    while (to < n && y < bottom) { y += this.height(this.entries[to]); to += 1; }
    return [Math.max(0, from - SPARE), Math.min(n, Math.max(to, from + 8) + SPARE)];
  }

  follow() {
    if (!this.windowed || !this.table.isConnected) return;
    const [from, to] = this.range();
    if (`${from}-${to}` !== this.last) this.draw();
  }

  /** Bring the page to the entries: rows in view stand in order with their numbers, gaps keep their height. also: a row that
   * must stand, wherever it is. */
  draw(also = -1) {
    this.measure();
    const [from, to] = this.range();
    this.last = `${from}-${to}`;
    const focused = this.of(document.activeElement?.closest?.("tr[data-row]"));
    const stands = (one, index) => (index >= from && index < to) || index === also || one === focused;
    const came = [];
    this.body.querySelectorAll(":scope > .fl-lines-gap").forEach((gap) => gap.remove());
    this.entries.forEach((one, index) => { if (one.row && !stands(one, index)) this.park(one); });
    let at = this.body.firstElementChild;
    let gap = 0;
    const space = () => {
      if (!gap) return;
      const row = make("tr", { class: "fl-lines-gap", "aria-hidden": "true" }, make("td", { colspan: 99 }));
      row.style.height = `${gap}px`;
      this.body.insertBefore(row, at);
      gap = 0;
    };
    this.entries.forEach((one, index) => {
      if (!stands(one, index)) { gap += this.height(one); return; }
      space();
      if (!one.row) {
        this.unpark(one, index);
        this.body.insertBefore(one.row, at);
        if (one.wrong) this.body.insertBefore(this.errorRow(one, index), at);
        came.push([one, index]);
        return;
      }
      this.number(one.row, index);
      if (at !== one.row) this.body.insertBefore(one.row, at);
      at = one.row.nextElementSibling;
      while (at?.matches("[data-row-error]")) at = at.nextElementSibling;
    });
    space();
    while (at) { const next = at.nextElementSibling; if (at.matches("[data-row], [data-row-error]")) at.remove(); at = next; }
    this.table.setAttribute("aria-rowcount", this.entries.length + 1);
    this.box.classList.toggle("fl-lines-box--long", this.windowed);
    for (const [one, index] of came) this.shown(one, index);
  }

  /** Bring a line into view; gives its row. */
  reveal(index) {
    const one = this.entries[index];
    if (!one) return null;
    if (!one.row) this.draw(index);
    one.row.scrollIntoView({ block: this.windowed ? "center" : "nearest" });
    return one.row;
  }

  // -- sending --------------------------------------------------------------------------------------------------------

  /** Rows as the server reads them: those that don't stand on the page (null when all do), or of the entries given. gone(line,
   * name): it isn't sent. */
  carry(gone, picked = null) {
    if (!picked && this.entries.every((one) => one.row)) return null;
    const parts = this.parts(this.template);
    const columns = Object.keys(parts).filter((name) => name !== "id" && parts[name].controls.length);
    for (const one of picked ?? []) if (one.row) this.note(one);
    const values = (one) => [one.line.id ?? null, ...columns.map((name) => (gone(one.line, name) ? null : one.raw[name] ?? one.line[name] ?? null))];
    return { columns: ["id", ...columns], rows: (picked ?? this.entries).map((one) => (one.row && !picked ? null : values(one))) };
  }

  /** What is wrong, in order: {index, column}. */
  wrong() {
    return this.entries.flatMap((one, index) => (one.row
      ? [...new Set(this.invalid(one.row))]
      : one.wrong?.columns ?? []).map((column) => ({ index, column })));
  }

  /** The columns in which something is wrong in a row. */
  invalid(row) {
    const found = [...row.querySelectorAll("[aria-invalid=true]:not(.fl-picker-input)")];
    return found.filter((control) => control.closest("tr[data-row]") === row).map((control) => control.closest("[data-field]")?.dataset.field);
  }

  /** Take away what was said of a line. */
  forgive(one) {
    one.wrong = null;
    if (!one.row) return;
    one.row.classList.remove("fl-row--bad");
    for (const said of this.said(one.row)) said.remove();
  }

  // -- keeping ---------------------------------------------------------------------------------------------------------

  /** Everything of the list as it is now, to be put back with `put`. */
  kept() {
    for (const one of this.entries) if (one.row) this.note(one);
    return this.entries.map((one) => ({ one, line: { ...one.line }, raw: { ...one.raw } }));
  }

  /** Put back what was kept; the entries stay the same, so whoever knows them still does. */
  put(kept) {
    for (const one of this.entries) this.park(one);
    this.entries = kept.map(({ one, line, raw }) => {
      for (const name of Object.keys(one.line)) if (!(name in line)) delete one.line[name];
      Object.assign(one.line, line);
      return Object.assign(one, { raw: { ...raw }, wrong: null, row: null });
    });
  }

  /** Write down what only the row knows: unreadable text, what pickers show. */
  note(one) {
    for (const [name, part] of Object.entries(this.parts(one.row))) {
      const spec = this.columns[name];
      const select = part.controls.find((control) => control.tagName === "SELECT" && control.closest("[data-picker]"));
      for (const option of select?.selectedOptions ?? []) this.learn(name, option.value, option.text);
      if (!spec || !part.controls.length) continue;
      if (this.tools.readControls(spec, part.controls, this.zone) === undefined && part.controls[0].value) one.raw[name] = part.controls[0].value;
      else delete one.raw[name];
    }
  }
}
