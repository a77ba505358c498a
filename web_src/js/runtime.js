// A form while it is filled: values, formulas, defaults, conditions. It computes what it can and asks the server for the
// rest; the server computes everything again on saving.
//
// record: {name: value as JSON, items: [{id, quantity, …}]}. A path is "phone" or "items.0.quantity".
import { added, readControls, sameValue, shownValue, writeControls } from "./controls.js";
import { each, later } from "./page.js";
import { Reckoner } from "./reckon.js";
import { addRow, dropRow, renumber, rowsOf } from "./rows.js";

const MOST_PASSES = 12;

export class Runtime {
  /** rules as in #fl-form-rules; enhance makes new rows live. */
  constructor(form, rules, enhance) {
    this.form = form;
    this.rules = rules;
    this.enhance = enhance;
    this.record = structuredClone(rules.values ?? {});
    this.gone = new WeakMap(); // record or row -> names of fields that don't show: they count as empty
    this.reckoner = new Reckoner(rules, (holder, name) => this.gone.get(holder)?.has(name) ?? false);
    rules.fields ??= {};
    for (const table of form.querySelectorAll("[data-lines]")) rules.fields[table.dataset.lines] ??= { kind: "list", reads: [], lines: { fields: {} } };
    this.fields = Object.entries(rules.fields);
    this.plain = this.fields.filter(([, spec]) => !spec.lines);
    this.lists = this.fields.filter(([, spec]) => spec.lines);
    this.touched = new WeakMap(); // record or row -> names that a person decided
    this.parts = new WeakMap(); // table row -> its cells, controls and outputs by name
    this.display = {};
    this.picked = {}; // path -> what the records chosen there are called, in order
    this.asked = 0;
    this.typedAt = new Map(); // path -> the count of questions sent when it was typed
    this.begun = false; // until the first show, what stands on the page is the server's
    this.due = false; // a question that waits for a pause in typing
    this.underway = null; // the promise of the one that was sent last
    this.soon = later(250, () => this.question());
    this.triggers = this.findTriggers();
    this.start();
  }

  /** Take the rows' places, decide what was typed before (a value that isn't the default's), compute once. */
  start() {
    for (const [list] of this.lists) {
      const rows = this.rows(list);
      this.record[list] = rows.map((_, index) => this.record[list]?.[index] ?? {});
      rows.forEach((row, index) => this.readRow(list, row, this.record[list][index]));
    }
    for (const [name, spec] of this.plain) this.readOne(name, spec, this.headControls(name), this.record);
    for (const [holder, columns] of this.holders()) {
      for (const [name, spec] of columns) {
        const own = holder[name] !== null && holder[name] !== undefined && holder[name] !== "";
        if (this.stored(holder) || (own && spec.default && !sameValue(spec, holder[name], this.computed(spec.default, spec, holder)))) this.touch(holder, name);
      }
    }
    this.settle(new Set());
    this.show();
    this.begun = true;
  }

  stored(holder) {
    return holder.id !== null && holder.id !== undefined && holder.id !== "";
  }

  touch(holder, name) {
    if (!this.touched.has(holder)) this.touched.set(holder, new Set());
    this.touched.get(holder).add(name);
  }

  /** All records being filled with their fields: the record itself, then each line. */
  * holders() {
    yield [this.record, this.plain, null];
    for (const [list, spec] of this.lists) for (const line of this.record[list] ?? []) yield [line, Object.entries(spec.lines.fields), list];
  }

  // -- the page -------------------------------------------------------------------------------------------------------

  table(list) {
    return this.form.querySelector(`[data-lines="${list}"]`);
  }

  rows(list) {
    const table = this.table(list);
    return table ? rowsOf(table) : [];
  }

  headControls(name) {
    return [...this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
  }

  /** The cells of a row by column: {cell, controls, output}. */
  rowParts(row) {
    let known = this.parts.get(row);
    if (!known) {
      known = {};
      for (const control of row.querySelectorAll("[name], [data-calculated]")) {
        const name = (control.getAttribute("name") ?? control.dataset.calculated).split(".").slice(2).join(".");
        const part = (known[name] ??= { cell: control.closest("[data-field], td"), controls: [], output: null });
        if (control.hasAttribute("data-calculated")) part.output = control;
        else part.controls.push(control);
      }
      this.parts.set(row, known);
    }
    return known;
  }

  readOne(name, spec, controls, holder) {
    const value = readControls(spec, controls, this.rules.zone);
    if (value !== undefined) holder[name] = value;
    else if (controls.length && controls.some((control) => control.value)) holder[name] = null; // typed, but not readable yet
  }

  readRow(list, row, line) {
    const columns = this.rules.fields[list].lines.fields;
    const parts = this.rowParts(row);
    const id = parts.id?.controls[0]?.value;
    if (id) line.id = Number(id);
    for (const [name, spec] of Object.entries(columns)) if (parts[name]) this.readOne(name, spec, this.fresh(row, parts[name], name), line);
  }

  /** Controls that come and go (uploaded files) are looked up anew. */
  fresh(row, part, name) {
    return part.controls.some((control) => control.closest("[data-upload]")) ? [...row.querySelectorAll("[name]")].filter((control) => control.name.endsWith(`.${name}`)) : part.controls;
  }

  /** Somebody typed or chose: read just that, then compute. */
  typed(control) {
    const name = control.name || control.dataset.name;
    if (!name || control.dataset.noModel !== undefined) return;
    const [head, , column] = name.split(".");
    const spec = this.rules.fields?.[head];
    if (!spec) return;
    const changed = new Set([head]);
    if (column) {
      const row = control.closest("[data-row]");
      const index = this.rows(head).indexOf(row);
      const inner = spec.lines?.fields[column];
      const line = this.record[head]?.[index];
      if (!inner || !line) return;
      this.readOne(column, inner, this.fresh(row, this.rowParts(row)[column], column), line);
      this.touch(line, column);
      this.typedAt.set(line, (this.typedAt.get(line) ?? new Map()).set(column, this.asked));
      changed.add(`${head}.${column}`);
    } else {
      this.readOne(head, spec, this.headControls(head), this.record);
      this.touch(this.record, head);
      this.typedAt.set(this.record, (this.typedAt.get(this.record) ?? new Map()).set(head, this.asked));
    }
    this.settle(changed);
    this.show();
    if ([...changed].some((one) => this.triggers.has(one))) this.ask();
  }

  // -- computing ------------------------------------------------------------------------------------------------------

  /** A tree's value for a record or line, as JSON of that field's kind; undefined when it can't be computed here. */
  computed(tree, spec, holder) {
    return this.reckoner.value(tree, spec, holder, holder === this.record ? null : this.record);
  }

  holds(tree, holder, otherwise) {
    if (tree === null || tree === undefined) return otherwise;
    if (typeof tree === "boolean") return tree;
    const found = this.reckoner.truth(tree, holder, holder === this.record ? null : this.record);
    return found === undefined ? otherwise : found;
  }

  /** Whether a field that came or went now counts differently. */
  turned(holder, name, spec) {
    if (spec.visible === null || spec.visible === undefined || spec.visible === true) return false;
    const away = this.holds(spec.visible, holder, true) === false;
    if (!this.gone.has(holder)) this.gone.set(holder, new Set());
    const names = this.gone.get(holder);
    if (names.has(name) === away) return false;
    if (away) names.add(name);
    else names.delete(name);
    return true;
  }

  /** Formulas and defaults until nothing changes; the names that did are added to `changed`. */
  settle(changed) {
    for (let pass = 0; pass < MOST_PASSES; pass += 1) {
      let again = false;
      const turns = [...this.holders()];
      for (const [holder, columns, list] of [...turns.slice(1), turns[0]]) {
        for (const [name, spec] of columns) {
          if (this.turned(holder, name, spec)) {
            again = true;
            changed.add(list ? `${list}.${name}` : name);
          }
          const tree = spec.formula ?? (this.touched.get(holder)?.has(name) ? null : spec.default);
          if (!tree) continue;
          const value = this.computed(tree, spec, holder);
          if (value === undefined || sameValue(spec, value, holder[name])) continue;
          holder[name] = value;
          again = true;
          changed.add(list ? `${list}.${name}` : name);
          if (list) changed.add(list);
        }
      }
      if (!again) return;
    }
  }

  // -- showing --------------------------------------------------------------------------------------------------------

  show() {
    for (const [name, spec] of this.plain) this.showHead(name, spec);
    for (const [list, spec] of this.lists) {
      const box = this.form.querySelector(`.fl-field[data-field="${list}"]`);
      if (box) this.showConditions(box, list, spec, this.record, list);
      this.rows(list).forEach((row, index) => this.showRow(list, spec, row, this.record[list][index], index));
      for (const cell of this.table(list)?.querySelectorAll("[data-total]") ?? []) {
        const column = cell.dataset.total.split(".")[1];
        const total = added(this.record[list].map((line) => line[column]));
        this.write(cell, shownValue(spec.lines.fields[column] ?? { kind: "number" }, total, null, this.rules.zone));
      }
    }
    for (const card of this.form.querySelectorAll("section.fl-card")) {
      const boxes = [...card.querySelectorAll(".fl-field[data-field]")];
      if (boxes.length) card.hidden = boxes.every((box) => box.hidden);
    }
  }

  showHead(name, spec) {
    const box = this.form.querySelector(`.fl-field[data-field="${CSS.escape(name)}"]`);
    if (!box) return;
    this.showConditions(box, name, spec, this.record, name);
    const output = box.querySelector("[data-calculated]");
    if (output) this.showOutput(output, spec, this.record[name], name);
    this.showControls(spec, this.headControls(name), this.record, name, name);
  }

  showRow(list, spec, row, line, index) {
    const parts = this.rowParts(row);
    for (const [name, inner] of Object.entries(spec.lines.fields)) {
      const part = parts[name];
      if (!part) continue;
      const path = `${list}.${index}.${name}`;
      const { visible, readonly } = this.conditions(path, inner, line);
      part.cell.classList.toggle("fl-gone", visible === false);
      this.close(part.cell, readonly);
      if (part.output) this.showOutput(part.output, inner, line[name], path);
      this.showControls(inner, this.fresh(row, part, name), line, name, path);
    }
  }

  /** What holds for a field now; what only the server knows comes from its last answer. */
  conditions(path, spec, holder) {
    const last = this.answer ?? {};
    return {
      visible: this.holds(spec.visible, holder, last.visible?.[path] ?? null),
      required: this.holds(spec.required, holder, last.required?.[path] ?? null),
      readonly: this.holds(spec.readonly, holder, last.readonly?.[path] ?? null),
    };
  }

  showConditions(box, name, spec, holder, path) {
    const { visible, required, readonly } = this.conditions(path, spec, holder);
    if (visible !== null && box.hidden === visible) box.hidden = !visible;
    if (required !== null && spec.formula == null) {
      const must = box.querySelector(":scope > .fl-label .fl-must");
      if (must) must.hidden = !required;
      for (const control of box.querySelectorAll(":scope .fl-picker-input, :scope > input, :scope > textarea, :scope > select, :scope > [role]")) {
        if (!control.closest("[data-lines]")) control.setAttribute("aria-required", String(required));
      }
    }
    this.close(box, readonly);
  }

  /** A field that a condition closes for now still posts its value. */
  close(box, readonly) {
    if (readonly === null || readonly === undefined || box.flClosed === readonly) return;
    if (box.flClosed === undefined && !readonly) { box.flClosed = false; return; }
    box.flClosed = readonly;
    for (const control of box.querySelectorAll("input:not([type=hidden]), textarea")) control.readOnly = readonly;
    for (const group of box.querySelectorAll(".fl-choice, .fl-upload, select, .fl-checkbox, .fl-picker-clear")) group.inert = readonly;
  }

  showOutput(output, spec, value, path) {
    const own = spec.kind === "number" || spec.kind === "boolean" || spec.kind === "date" || spec.kind === "text" ? null : this.display[path];
    const words = own ?? shownValue(spec, value, this.titles(), this.rules.zone);
    const now = JSON.stringify([value ?? null, Boolean(spec.percent)]);
    if (output.flShown === undefined && !this.begun) output.flShown = now; // the server wrote it: leave its markup
    else if (output.flShown !== now) {
      output.flShown = now;
      this.write(output, words);
    }
  }

  titles() {
    const user = this.rules.user;
    return user ? { [user.id]: user.name } : {};
  }

  write(element, words) {
    if (element.textContent !== words) element.textContent = words;
  }

  /** Bring the controls to the value, unless the person is typing in them or they say it already. */
  showControls(spec, controls, holder, name, path) {
    const here = controls.find((control) => control === document.activeElement);
    if (!controls.length || spec.kind === "files" || (here && this.touched.get(holder)?.has(name))) return;
    const value = holder[name];
    const now = readControls(spec, controls, this.rules.zone);
    if (now === undefined || sameValue(spec, now, value)) return;
    const typed = this.touched.get(holder)?.has(name) && controls.every((control) => control.matches("input:not([type]), input[type=text], textarea"));
    if (typed && (value === null || value === undefined)) return; // the server couldn't read it: it stays, and saving says why
    const shown = spec.kind === "records" ? this.picked[path] : spec.kind === "record" ? this.display[path] ?? this.titles()[value] : spec.percent ? shownValue(spec, value) : undefined;
    writeControls(spec, controls, value, shown, this.rules.zone);
    controls[0].dispatchEvent(new Event("fl:filled", { bubbles: true }));
    if (here?.matches("input[type=text]")) here.select(); // whoever came by Tab types over it
  }

  // -- rows -----------------------------------------------------------------------------------------------------------

  add(table, after = null) {
    const list = table.dataset.lines;
    const row = addRow(table, this.enhance, after);
    if (!row) return null;
    const line = {};
    this.record[list].splice(this.rows(list).indexOf(row), 0, line);
    this.readRow(list, row, line);
    this.settled(list);
    return row;
  }

  remove(row) {
    const table = row.closest("[data-lines]");
    const list = table.dataset.lines;
    this.record[list].splice(this.rows(list).indexOf(row), 1);
    dropRow(row);
    renumber(table);
    this.settled(list);
  }

  /** After rows came or went: answers for other numbers are void. */
  settled(list) {
    this.display = {};
    this.asked += 1;
    const changed = new Set([list, ...Object.keys(this.rules.fields[list].lines.fields).map((name) => `${list}.${name}`)]);
    this.touch(this.record, list);
    this.settle(changed);
    this.show();
    this.form.dispatchEvent(new Event("fl:rows"));
    if ([...changed].some((one) => this.triggers.has(one)) || this.serverColumns(list)) this.ask();
  }

  serverColumns(list) {
    return Object.values(this.rules.fields[list].lines.fields).some((spec) => spec.server);
  }

  // -- the server -----------------------------------------------------------------------------------------------------

  /** The names whose change needs the server: what a server field reads, and what goes with it. */
  findTriggers() {
    const found = new Set();
    for (const [name, spec] of this.fields) {
      if (spec.server || (spec.formula && ["record", "records", "choice", "choices"].includes(spec.kind))) for (const read of spec.reads ?? []) found.add(read);
      for (const inner of Object.values(spec.lines?.fields ?? {})) {
        if (!inner.server) continue;
        for (const read of inner.reads ?? []) found.add(read.startsWith("parent.") ? read.slice(7) : `${name}.${read}`);
      }
    }
    return found;
  }

  /** What a person decided, by path; what isn't named here the server may compute as a default. */
  decided() {
    // a list's own name closes all its columns: only where its rows come from a query must it be said
    const paths = [...(this.touched.get(this.record) ?? [])].filter((name) => !this.rules.fields[name]?.lines || this.rules.fields[name].server);
    for (const [list] of this.lists) this.record[list].forEach((line, index) => { for (const name of this.touched.get(line) ?? []) paths.push(`${list}.${index}.${name}`); });
    return paths.join(" ");
  }

  /** Ask the server, as soon as there is a pause in typing. */
  ask() {
    this.due = true;
    this.soon();
  }

  /** Whether an answer of the server is still to come. */
  get waiting() {
    return this.due || this.underway !== null;
  }

  /** Wait until the server has answered what is typed now, so that nothing is saved before its defaults came. */
  async caughtUp() {
    while (this.waiting) await (this.due ? this.question() : this.underway);
  }

  question() {
    this.due = false;
    this.soon.cancel();
    const sent = this.send().finally(() => { if (this.underway === sent) this.underway = null; });
    this.underway = sent;
    return sent;
  }

  async send() {
    const url = this.form.dataset.compute;
    if (!url) return;
    this.asked += 1;
    const number = this.asked;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (typeof value === "string") body.append(name, value);
    body.set("_touched", this.decided());
    if (this.stored(this.record)) body.set("_id", this.record.id);
    const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok || number !== this.asked) return; // something newer was asked, or rows moved
    this.apply(await answer.json(), number);
  }

  /** Take the server's answer, but never over what was typed since it was asked. */
  apply(answer, number) {
    this.answer = answer;
    this.display = answer.display ?? {};
    this.picked = answer.picked ?? {};
    for (const [path, shown] of Object.entries(this.display)) if (String(shown).endsWith("%")) markPercent(this.rules, path);
    const since = (holder, name) => (this.typedAt.get(holder)?.get(name) ?? -1) >= number;
    for (const [list] of this.lists) this.applyRows(list, answer.values?.[list], since);
    for (const [name] of this.plain) if (answer.values && name in answer.values && !since(this.record, name)) this.record[name] = answer.values[name];
    this.settle(new Set());
    this.show();
  }

  applyRows(list, lines, since) {
    if (!lines) return;
    const table = this.table(list);
    const before = this.rows(list).length;
    while (table && this.rows(list).length < lines.length) {
      if (!addRow(table, this.enhance)) break;
      this.record[list].push({});
    }
    while (table && this.rows(list).length > lines.length) {
      dropRow(this.rows(list).pop());
      this.record[list].pop();
    }
    lines.forEach((given, index) => {
      const line = this.record[list][index];
      if (line) for (const [name, value] of Object.entries(given)) if (!since(line, name)) line[name] = value;
    });
    if (this.rows(list).length !== before) this.form.dispatchEvent(new Event("fl:rows"));
  }

  /** Read everything anew, after a draft was put back. */
  reread() {
    for (const [list] of this.lists) {
      this.record[list] = this.rows(list).map((row, index) => { const line = this.record[list]?.[index] ?? {}; this.readRow(list, row, line); return line; });
      for (const line of this.record[list]) for (const name of Object.keys(line)) this.touch(line, name);
    }
    for (const [name, spec] of this.plain) { this.readOne(name, spec, this.headControls(name), this.record); this.touch(this.record, name); }
    this.settle(new Set());
    this.show();
    if (this.triggers.size) this.ask();
  }
}

/** Mark once which fields are shares, by how the page writes them: 5% is the value 0.05. */
export function markPercents(form, rules) {
  each(form, "[data-calculated], [name]", "percent", (element) => {
    const text = element.value ?? element.textContent;
    if (!text?.trim?.().endsWith("%")) return;
    markPercent(rules, element.dataset.calculated ?? element.name);
  });
}

function markPercent(rules, path) {
  const [head, , column] = path.split(".");
  const spec = column ? rules.fields?.[head]?.lines?.fields[column] : rules.fields?.[head];
  if (spec?.kind === "number") spec.percent = true;
}
