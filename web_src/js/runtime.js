// A form while it is filled: values, formulas, defaults, conditions. It computes what it can and asks the server for the
// rest; the server computes everything again on saving.
//
// record: {name: value as JSON, items: [{id, quantity, …}]}. A path is "phone" or "items.0.quantity".
import { Asking } from "./asking.js";
import { added, readControls, sameValue, shownValue, spelledOut, writeControls } from "./controls.js";
import { sortPanes } from "./panes.js";
import { Reckoner } from "./reckon.js";

const MOST_PASSES = 12;

export class Runtime {
  /** rules as in #fl-form-rules; newLines(table, columns, options) makes the Lines of a line table. */
  constructor(form, rules, newLines) {
    this.form = form;
    this.rules = rules;
    this.record = structuredClone(rules.values ?? {});
    this.gone = new WeakMap(); // record or line -> names of fields that don't show: they count as empty
    this.reckoner = new Reckoner(rules, this.isGone);
    rules.fields ??= {};
    for (const table of form.querySelectorAll("[data-lines]")) rules.fields[table.dataset.lines] ??= { kind: "list", reads: [], lines: { fields: {} } };
    this.fields = Object.entries(rules.fields);
    this.plain = this.fields.filter(([, spec]) => !spec.lines);
    this.comesAndGoes = this.fields.some(([, spec]) => spec.visible !== true);
    this.lists = this.fields.filter(([, spec]) => spec.lines);
    this.touched = new WeakMap(); // record or line -> names that a person decided
    this.typedAt = new Map(); // record or line -> name -> the count of questions sent when it was typed
    this.display = {};
    this.picked = {}; // path -> what the records chosen there are called, in order
    this.begun = false; // until the first show, what stands on the page is the server's
    this.asking = new Asking(this);
    this.tables = new Map(); // list -> its Lines
    this.above = new Map(this.lists.map(([list, spec]) => [list, new Set(Object.values(spec.lines.fields).flatMap((inner) => inner.reads ?? []).filter((read) => read.startsWith("parent.")).map((read) => read.slice(7)))]));
    for (const [list, spec] of this.lists) this.adopt(list, spec, newLines);
    this.start();
    form.addEventListener("formdata", (event) => event.formData.set("_touched", this.decided()));
  }

  adopt(list, spec, newLines) {
    const table = this.form.querySelector(`[data-lines="${list}"]`);
    if (!table) return;
    const lines = newLines(table, spec.lines.fields, { zone: this.rules.zone, titles: this.rules.titles, shown: (one, index) => this.showRow(list, spec, one, index) });
    lines.adopt(this.record[list] ?? [], this.rules.faults?.[list]);
    this.tables.set(list, lines);
    this.record[list] = lines.lines;
  }

  /** Decide what was typed before (a value that isn't the default's), compute once. */
  start() {
    for (const [, lines] of this.tables) for (const one of lines.entries) if (one.row) this.readRow(lines, one);
    for (const [name, spec] of this.plain) this.readOne(name, spec, this.headControls(name), this.record);
    const said = new Set(this.rules.touched ?? []);
    for (const [list] of this.lists) if (said.has(list)) this.touch(this.record, list);
    for (const [holder, columns, list] of this.holders()) {
      const path = list ? `${list}.${this.record[list].indexOf(holder)}.` : "";
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

  /** All records being filled with their fields: the record itself, then each line. */
  * holders() {
    yield [this.record, this.plain, null];
    for (const [list, spec] of this.lists) {
      const columns = Object.entries(spec.lines.fields);
      for (const line of this.record[list] ?? []) yield [line, columns, list];
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
    const [head, , column] = name.split(".");
    const spec = this.rules.fields?.[head];
    if (!spec) return;
    const changed = new Set([head]);
    const due = new Set();
    if (column) {
      const lines = this.tables.get(head);
      const row = control.closest("[data-row]");
      const one = lines?.of(row);
      const inner = spec.lines?.fields[column];
      if (!inner || !one) return;
      this.readOne(column, inner, this.fresh(row, lines.parts(row)[column], column), one.line);
      this.decide(one.line, column);
      changed.add(`${head}.${column}`);
      due.add(one.line);
    } else {
      this.readOne(head, spec, this.headControls(head), this.record);
      this.decide(this.record, head);
    }
    this.follow(changed, due);
  }

  /** After names changed in some lines: compute, show, and ask the server what only it knows. */
  follow(changed, due) {
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

  /** Formulas and defaults until nothing changes. changed: the names that did, to which others are added; null: all may have.
   * due: the lines in which they did, likewise. */
  settle(changed = null, due = null) {
    let news = changed;
    for (let pass = 0; pass < MOST_PASSES; pass += 1) {
      const found = new Set();
      for (const [list, spec] of this.lists) {
        const whole = due === null || news === null || [...news].some((name) => this.above.get(list).has(name));
        const columns = Object.entries(spec.lines.fields);
        for (const line of this.record[list] ?? []) {
          if (!whole && !due.has(line)) continue;
          const moved = this.settleOne(line, columns, `${list}.`, found);
          if (moved) { found.add(list); due?.add(line); }
        }
      }
      this.settleOne(this.record, this.plain.filter(([, spec]) => news === null || !spec.reads || spec.reads.some((name) => news.has(name) || found.has(name))), "", found);
      if (!found.size) return;
      for (const name of found) changed?.add(name);
      news = found;
    }
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
    for (const [list, spec] of this.lists) {
      const box = this.form.querySelector(`.fl-field[data-field="${list}"]`);
      if (box && concerns(list, spec)) { this.showConditions(box, list, spec, this.record, list); cards = true; }
      const lines = this.tables.get(list);
      const whole = due === null || [...changed].some((name) => this.above.get(list).has(name));
      lines?.entries.forEach((one, index) => { if (one.row && (whole || due.has(one.line))) this.showRow(list, spec, one, index); });
      for (const cell of lines?.table.querySelectorAll("[data-total]") ?? []) {
        if (changed !== null && !changed.has(cell.dataset.total)) continue;
        const column = cell.dataset.total.split(".")[1];
        this.write(cell, shownValue(spec.lines.fields[column] ?? { kind: "number" }, added(this.record[list].map((line) => line[column])), null, this.rules.zone));
      }
    }
    if (cards) for (const card of this.form.querySelectorAll("section.fl-card")) {
      const boxes = [...card.querySelectorAll(".fl-field[data-field]")];
      if (boxes.length) card.hidden = boxes.every((box) => box.hidden);
    }
    if (cards) sortPanes(this.form);
  }

  showHead(name, spec) {
    const box = this.form.querySelector(`.fl-field[data-field="${CSS.escape(name)}"]`);
    if (!box) return;
    this.showConditions(box, name, spec, this.record, name);
    const output = box.querySelector("[data-calculated]");
    if (output) this.showOutput(output, spec, this.record[name], name);
    this.showControls(spec, this.headControls(name), this.record, name, name);
    const spelled = box.querySelector(":scope > [data-spelled]");
    if (spelled) this.write(spelled, spelledOut(this.record[name]));
  }

  showRow(list, spec, one, index) {
    const lines = this.tables.get(list);
    const parts = lines.parts(one.row);
    for (const [name, inner] of Object.entries(spec.lines.fields)) {
      const part = parts[name];
      if (!part) continue;
      const path = `${list}.${index}.${name}`;
      const { visible, readonly } = this.conditions(path, inner, one.line);
      part.cell.classList.toggle("fl-gone", visible === false);
      this.close(part.cell, readonly);
      if (part.output) this.showOutput(part.output, inner, one.line[name], path, lines.title(name, one.line[name]));
      if (!(name in one.raw)) this.showControls(inner, this.fresh(one.row, part, name), one.line, name, path, lines.title(name, one.line[name]));
      else if (document.activeElement?.closest("[data-field]") === part.cell) delete one.raw[name];
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
    this.record[list] = lines.lines;
    this.display = {};
    this.asking.void();
    this.touch(this.record, list);
    lines.draw();
    const changed = new Set([list, ...Object.keys(lines.columns).map((name) => `${list}.${name}`)]);
    this.settle(changed, due);
    this.show(changed, due);
    this.form.dispatchEvent(new Event("fl:rows"));
    this.asking.about(changed, due, Object.values(lines.columns).some((spec) => spec.server));
  }

  /** Put a list back as it was kept. */
  put(list, kept) {
    this.tables.get(list).put(kept);
    this.arranged(list, new Set(kept.map(({ one }) => one.line)));
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
    for (const [list, spec] of this.lists) {
      const suggested = Object.entries(spec.lines.fields).filter(([, inner]) => inner.suggested ?? true).map(([name]) => name);
      const lines = only ? (this.record[list] ?? []).filter((line) => only.has(line)) : this.record[list] ?? [];
      lines.forEach((line, index) => { for (const name of suggested) if (this.touched.get(line)?.has(name)) paths.push(`${list}.${index}.${name}`); });
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
      this.record[list] = lines.lines;
      for (const line of lines.lines) for (const name of Object.keys(line)) this.touch(line, name);
    }
    for (const [name, spec] of this.plain) { this.readOne(name, spec, this.headControls(name), this.record); this.touch(this.record, name); }
    this.settle();
    this.show();
    this.asking.about(null, null);
  }
}
