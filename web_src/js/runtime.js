// A form while it is filled: values, formulas, defaults, conditions. It computes what it can and asks the server for the
// rest; the server computes everything again on saving.
//
// record: {name: value as JSON, items: [{id, quantity, …}]}. A path is "phone" or "items.0.quantity"; a list's own name has no
// numbers: "items", "parcels.items".
import { Asking } from "./asking.js";
import { added, readControls, sameValue, shownValue, spelledOut, writeControls } from "./controls.js";
import { sortPanes } from "./panes.js";
import { Reckoner } from "./reckon.js";
import { Tables, named } from "./tables.js";

const MOST_PASSES = 12;

export class Runtime {
  /** rules as in #fl-form-rules; newLines(table, spec, options) makes the Lines of a line table. */
  constructor(form, rules, newLines) {
    this.form = form;
    this.rules = rules;
    this.record = structuredClone(rules.values ?? {});
    this.gone = new WeakMap(); // record or line -> names of fields that don't show: they count as empty
    this.reckoner = new Reckoner(rules, this.isGone);
    rules.fields ??= {};
    for (const { dataset } of form.querySelectorAll("[data-lines]")) if (!dataset.lines.includes(".")) rules.fields[dataset.lines] ??= { kind: "list", reads: [], lines: { fields: {} } };
    this.fields = Object.entries(rules.fields);
    this.plain = this.fields.filter(([, spec]) => !spec.lines);
    this.comesAndGoes = this.fields.some(([, spec]) => spec.visible !== true);
    this.lists = named(this.fields);
    this.touched = new WeakMap(); // record or line -> names that a person decided
    this.typedAt = new Map(); // record or line -> name -> the count of questions sent when it was typed
    this.display = {};
    this.picked = {}; // path -> what the records chosen there are called, in order
    this.begun = false; // until the first show, what stands on the page is the server's
    this.asking = new Asking(this);
    this.newLines = newLines;
    this.tables = new Tables();
    for (const [list, spec] of this.lists) {
      const lines = this.adopt(list, spec, this.record, form.querySelector(`[data-lines="${list}"]`));
      if (lines) this.tables.roots.set(list, lines);
    }
    this.start();
    form.addEventListener("formdata", (event) => event.formData.set("_touched", this.decided()));
    form.addEventListener("toggle", (event) => { for (const [, lines] of this.tables) if (event.target.contains(lines.table)) lines.draw(); }, true);
  }

  /** The Lines of a list that `holder` has, and of those within its lines; undefined where no table stands for it. */
  adopt(list, spec, holder, table) {
    if (!table) { for (const line of holder[list] ?? []) this.reckoner.hold(line, holder, spec.lines.fields); return undefined; }
    const lines = this.newLines(table, spec, {
      holder, zone: this.rules.zone, titles: (this.rules.titles ??= {}),
      shown: (one, index) => this.showRow(lines, one, index), grown: (one) => this.adoptInner(lines, one),
    });
    lines.adopt(holder[list] ?? [], this.rules.faults?.[lines.name]);
    this.hold(lines);
    for (const one of lines.entries) if (one.row) this.adoptInner(lines, one);
    return lines;
  }

  adoptInner(lines, one) {
    for (const [name, spec] of lines.spec.lists) {
      const table = [...one.row.querySelectorAll("table[data-lines]")].find((found) => found.dataset.lines.split(".").at(-1) === name);
      const inner = this.adopt(name, spec, one.line, table);
      if (inner) one.inner.set(name, inner);
      if (this.begun) inner?.draw();
    }
  }

  /** What stands in a table is what the record, or the line, holds. */
  hold(lines) {
    lines.holder[lines.key] = lines.lines;
    for (const line of lines.lines) this.reckoner.hold(line, lines.holder, lines.columns);
  }

  /** A line and those around it. */
  * around(line) {
    for (let at = line; at && at !== this.record; at = this.reckoner.held.get(at)?.parent) yield at;
  }

  /** The names that change with a column of a list: of the lists around it, and its own. */
  namesOf(lines, ...columns) {
    const parts = lines.own.split(".");
    return new Set([...parts.map((_, at) => parts.slice(0, at + 1).join(".")), ...columns.map((column) => `${lines.own}.${column}`)]);
  }

  /** Decide what was typed before (a value that isn't the default's), compute once. */
  start() {
    for (const [, lines] of this.tables) for (const one of lines.entries) if (one.row) this.readRow(lines, one);
    for (const [name, spec] of this.plain) this.readOne(name, spec, this.headControls(name), this.record);
    const said = new Set(this.rules.touched ?? []);
    for (const [path, { holder, key }] of this.tables) if (said.has(path)) this.touch(holder, key);
    for (const [holder, columns, path] of this.holders()) {
      for (const [name, spec] of columns) {
        const own = holder[name] !== null && holder[name] !== undefined && holder[name] !== "";
        if (this.stored(holder) || said.has(path + name) || (own && spec.default && !sameValue(spec, holder[name], this.computed(spec.default, spec, holder)))) this.touch(holder, name);
      }
    }
    for (const [, lines] of this.tables) lines.draw();
    this.settle();
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

  /** A person decided it just now: no answer that is on its way may change it. */
  decide(holder, name) {
    this.touch(holder, name);
    this.typedAt.set(holder, (this.typedAt.get(holder) ?? new Map()).set(name, this.asking.asked));
  }

  /** All records being filled with their fields and how their paths begin: the record itself, then each line. */
  * holders(holder = this.record, plain = this.plain, lists = this.lists, path = "") {
    yield [holder, plain, path];
    for (const [list, spec] of lists) {
      for (const [index, line] of (holder[list] ?? []).entries()) yield* this.holders(line, spec.plain, spec.lists, `${path}${list}.${index}.`);
    }
  }

  // -- the page -------------------------------------------------------------------------------------------------------

  headControls(name) {
    return [...this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
  }

  readOne(name, spec, controls, holder) {
    const value = readControls(spec, controls, this.rules.zone);
    if (value !== undefined) holder[name] = value;
    else if (controls.length && controls.some((control) => control.value)) holder[name] = null; // typed, but not readable yet
  }

  readRow(lines, one) {
    const parts = lines.parts(one.row);
    const id = parts.id?.controls[0]?.value;
    if (id) one.line.id = Number(id) || id;
    for (const [name, spec] of Object.entries(lines.columns)) if (parts[name]) this.readOne(name, spec, this.fresh(one.row, parts[name], name), one.line);
  }

  /** Controls that come and go (uploaded files) are looked up anew. */
  fresh(row, part, name) {
    return part.cell.querySelector("[data-upload]") ? [...row.querySelectorAll("[name]:not(button)")].filter((control) => control.name.endsWith(`.${name}`)) : part.controls;
  }

  /** Somebody typed or chose: read just that, then compute what follows from it. */
  typed(control) {
    const name = control.name || control.dataset.name;
    if (!name || control.dataset.noModel !== undefined) return;
    const [head, ...below] = name.split(".");
    const spec = this.rules.fields?.[head];
    if (!spec) return;
    if (!below.length) {
      this.readOne(head, spec, this.headControls(head), this.record);
      this.decide(this.record, head);
      this.follow(new Set([head]), new Set());
      return;
    }
    const row = control.closest("tr[data-row]");
    const lines = row && this.tables.get(row.closest("[data-lines]").dataset.lines);
    const one = lines?.of(row);
    const column = lines && name.split(".")[2 * lines.depth];
    const inner = lines?.columns[column];
    if (!inner || !one) return;
    this.readOne(column, inner, this.fresh(row, lines.parts(row)[column], column), one.line);
    delete one.raw[column];
    this.decide(one.line, column);
    this.follow(this.namesOf(lines, column), new Set([one.line]));
  }

  /** After names changed in some lines: compute, show, and ask the server what only it knows. */
  follow(changed, due) {
    for (const line of [...due]) for (const one of this.around(line)) due.add(one);
    this.settle(changed, due);
    this.still(() => this.show(changed, due));
    this.asking.about(changed, due);
  }

  /** Do what may let fields come and go; what the person is in stays where it stands on the screen. */
  still(act) {
    const here = document.activeElement;
    const held = this.comesAndGoes && this.form.contains(here) && !here.closest("dialog");
    const before = held ? here.getBoundingClientRect().top : 0;
    act();
    const moved = held && here.isConnected ? here.getBoundingClientRect().top - before : 0;
    if (moved) scrollBy({ top: moved, behavior: "instant" });
  }

  // -- computing ------------------------------------------------------------------------------------------------------

  /** A tree's value for a record or line, as JSON of that field's kind; undefined when it can't be computed here. */
  computed(tree, spec, holder) {
    return this.reckoner.value(tree, spec, holder);
  }

  holds(tree, holder, otherwise) {
    if (tree === null || tree === undefined) return otherwise;
    if (typeof tree === "boolean") return tree;
    const found = this.reckoner.truth(tree, holder);
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

  /** Formulas and defaults until nothing changes. changed: the names that did, to which others are added; null: all may have.
   * due: the lines in which they did, likewise. */
  settle(changed = null, due = null) {
    let news = changed;
    for (let pass = 0; pass < MOST_PASSES; pass += 1) {
      const found = new Set();
      this.settleLines(this.record, this.lists, news, due, found);
      this.settleOne(this.record, this.plain.filter(([, spec]) => news === null || !spec.reads || spec.reads.some((name) => news.has(name) || found.has(name))), "", found);
      if (!found.size) return;
      for (const name of found) changed?.add(name);
      news = found;
    }
  }

  /** The lines that a record or line holds, theirs first: those that are due, or all where what stands around them changed.
   * Whether something did. */
  settleLines(holder, lists, news, due, found) {
    let moved = false;
    for (const [list, spec] of lists) {
      const whole = this.whole(spec, news, due);
      for (const line of holder[list] ?? []) {
        const within = this.settleLines(line, spec.lists, news, due, found);
        if (!whole && !within && !due.has(line)) continue;
        if (!this.settleOne(line, spec.plain, `${spec.path}.`, found) && !within) continue;
        found.add(spec.path);
        due?.add(line);
        moved = true;
      }
    }
    return moved;
  }

  /** Whether all lines of a list may have changed, since their columns read what did. */
  whole(spec, news, due) {
    return due === null || news === null || [...news].some((name) => spec.above.has(name));
  }

  /** One record's or line's own; whether something changed. The names that did are added to `found`. */
  settleOne(holder, columns, prefix, found) {
    let moved = false;
    const note = (name) => { found.add(prefix + name); moved = true; };
    for (const [name, spec] of columns) {
      if (this.turned(holder, name, spec)) note(name);
      const tree = spec.formula ?? (this.touched.get(holder)?.has(name) ? null : spec.default);
      if (!tree) continue;
      const value = this.computed(tree, spec, holder);
      if (value === undefined || sameValue(spec, value, holder[name])) continue;
      holder[name] = value;
      note(name);
    }
    return moved;
  }

  // -- showing --------------------------------------------------------------------------------------------------------

  /** Bring the page to the values: of everything, or of the names that changed and the lines in which they did. */
  show(changed = null, due = null) {
    const concerns = (name, spec) => changed === null || changed.has(name) || !spec.reads || spec.reads.some((read) => changed.has(read));
    let cards = changed === null;
    for (const [name, spec] of this.plain) if (concerns(name, spec)) { this.showHead(name, spec); cards = true; }
    for (const [path, lines] of this.tables) {
      const { spec, holder, table } = lines;
      const box = table.closest(".fl-field");
      if (due === null || holder === this.record ? concerns(lines.key, spec) : due.has(holder)) { this.showConditions(box, lines.key, spec, holder, path); cards = true; }
      const whole = this.whole(spec, changed, due);
      lines.entries.forEach((one, index) => { if (one.row && (whole || due.has(one.line))) this.showRow(lines, one, index); });
      for (const cell of table.querySelectorAll(":scope > tfoot [data-total]")) {
        const column = cell.dataset.total.split(".").at(-1);
        if (changed !== null && !changed.has(`${lines.own}.${column}`)) continue;
        this.write(cell, shownValue(lines.columns[column] ?? { kind: "number" }, added(lines.lines.map((line) => line[column])), null, this.rules.zone));
      }
    }
    if (cards) for (const card of this.form.querySelectorAll("section.fl-card")) {
      const boxes = [...card.querySelectorAll(".fl-field[data-field]:not(td *)")];
      if (boxes.length) card.hidden = boxes.every((box) => box.hidden);
    }
    if (cards) sortPanes(this.form);
  }

  showHead(name, spec) {
    const box = this.form.querySelector(`.fl-field[data-field="${CSS.escape(name)}"]:not(td *)`);
    if (!box) return;
    this.showConditions(box, name, spec, this.record, name);
    const output = box.querySelector("[data-calculated]");
    if (output) this.showOutput(output, spec, this.record[name], name);
    this.showControls(spec, this.headControls(name), this.record, name, name);
    const spelled = box.querySelector(":scope > [data-spelled]");
    if (spelled) this.write(spelled, spelledOut(this.record[name]));
  }

  showRow(lines, one, index) {
    const parts = lines.parts(one.row);
    for (const [name, inner] of Object.entries(lines.columns)) {
      const part = parts[name];
      if (!part) continue;
      const path = `${lines.name}.${index}.${name}`;
      const { visible, readonly } = this.conditions(path, inner, one.line);
      part.cell.classList.toggle("fl-gone", visible === false);
      this.close(part.cell, readonly);
      if (part.output) this.showOutput(part.output, inner, one.line[name], path, lines.title(name, one.line[name]));
      if (!(name in one.raw)) this.showControls(inner, this.fresh(one.row, part, name), one.line, name, path, lines.title(name, one.line[name]));
    }
  }

  /** What holds for a field now; what only the server knows comes from its last answer. */
  conditions(path, spec, holder) {
    const last = this.asking.answer ?? {};
    return {
      visible: this.holds(spec.visible, holder, last.visible?.[path] ?? null),
      required: this.holds(spec.required, holder, last.required?.[path] ?? null),
      readonly: this.holds(spec.readonly, holder, last.readonly?.[path] ?? null),
    };
  }

  showConditions(box, name, spec, holder, path) {
    const { visible, required, readonly } = this.conditions(path, spec, holder);
    if (visible !== null && box.hidden === visible) box.hidden = !visible;
    box.closest("[data-inner]")?.classList.toggle("fl-gone", visible === false);
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

  showOutput(output, spec, value, path, title = undefined) {
    const own = spec.kind === "number" || spec.kind === "boolean" || spec.kind === "date" || spec.kind === "text" ? null : this.display[path] ?? title;
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
  showControls(spec, controls, holder, name, path, title = undefined) {
    const here = controls.find((control) => control === document.activeElement);
    if (!controls.length || spec.kind === "files" || (here && this.touched.get(holder)?.has(name))) return;
    const value = holder[name];
    const now = readControls(spec, controls, this.rules.zone);
    if (now === undefined || sameValue(spec, now, value)) return;
    const typed = this.touched.get(holder)?.has(name) && controls.every((control) => control.matches("input:not([type=checkbox], [type=radio], [type=file], [type=hidden]), textarea"));
    if (typed && (value === null || value === undefined)) return; // the server couldn't read it: it stays, and saving says why
    const shown = spec.kind === "records" ? this.picked[path] : spec.kind === "record" ? this.display[path] ?? title ?? this.titles()[value] : spec.percent ? shownValue(spec, value) : undefined;
    writeControls(spec, controls, value, shown, this.rules.zone);
    controls[0].dispatchEvent(new Event("fl:filled", { bubbles: true }));
    if (here?.matches("input[type=text]")) here.select(); // whoever came by Tab types over it
  }

  // -- rows -----------------------------------------------------------------------------------------------------------

  /** A new line at that place, as an empty row has it; null when no more fit. */
  add(list, index) {
    const lines = this.tables.get(list);
    if (lines.entries.length >= lines.most || !lines.template) return null;
    const one = lines.blank();
    lines.insert(index, one);
    this.arranged(list, new Set([one.line]));
    return one;
  }

  remove(list, index, count = 1) {
    const out = this.tables.get(list).take(index, count);
    this.arranged(list);
    return out;
  }

  move(list, from, to) {
    this.tables.get(list).move(from, to);
    this.arranged(list);
  }

  /** After lines came, went or moved: answers for other numbers are void. due: the lines whose columns may change too. */
  arranged(list, due = new Set()) {
    const lines = this.tables.get(list);
    this.hold(lines);
    this.display = {};
    this.asking.void();
    this.touch(lines.holder, lines.key);
    lines.draw();
    const changed = this.namesOf(lines, ...Object.keys(lines.columns), ...lines.spec.below);
    for (const line of [lines.holder, ...due]) for (const one of this.around(line)) due.add(one);
    this.settle(changed, due);
    this.show(changed, due);
    this.form.dispatchEvent(new Event("fl:rows"));
    this.asking.about(changed, due, Object.values(lines.columns).some((spec) => spec.server));
  }

  /** Put a list back as it was kept. */
  put(lines, kept) {
    if (this.tables.get(lines.name) !== lines) return; // the line that holds it is gone
    lines.put(kept);
    for (const { one } of kept) for (const inner of one.inner.values()) this.hold(inner);
    this.arranged(lines.name, new Set(kept.map(({ one }) => one.line)));
  }

  isGone = (holder, name) => this.gone.get(holder)?.has(name) ?? false;

  /** What the form sends of lines that don't stand on the page. */
  carry(form) {
    for (const [list, lines] of this.tables) {
      const carried = lines.carry(this.isGone);
      if (carried) form.set(`${list}.rows`, JSON.stringify(carried));
    }
  }

  /** What a person decided, by path; what isn't named here the server may compute as a default. */
  decided(only = null) {
    // a list's own name closes all its columns: only where its rows come from a query must it be said
    const paths = [...(this.touched.get(this.record) ?? [])].filter((name) => !this.rules.fields[name]?.lines || this.rules.fields[name].server);
    for (const [path, table] of this.tables) {
      const suggested = Object.entries(table.columns).filter(([, inner]) => (inner.lines ? inner.server : inner.suggested ?? true)).map(([name]) => name);
      const lines = only ? table.lines.filter((line) => only.has(line)) : table.lines;
      lines.forEach((line, index) => { for (const name of suggested) if (this.touched.get(line)?.has(name)) paths.push(`${path}.${index}.${name}`); });
    }
    return paths.join(" ");
  }

  /** Wait until the server has answered what is typed now, so that nothing is saved before its defaults came. */
  get waiting() {
    return this.asking.waiting;
  }

  caughtUp() {
    return this.asking.caughtUp();
  }

  /** Read everything anew, after a draft was put back. */
  reread() {
    for (const [list, lines] of this.tables) {
      for (const one of lines.entries) if (one.row) this.readRow(lines, one);
      this.hold(lines);
      for (const line of lines.lines) for (const name of Object.keys(line)) this.touch(line, name);
    }
    for (const [name, spec] of this.plain) { this.readOne(name, spec, this.headControls(name), this.record); this.touch(this.record, name); }
    this.settle();
    this.show();
    this.asking.about(null, null);
  }
}
