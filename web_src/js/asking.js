// What a form that is being filled asks the server: defaults, formulas and conditions that read other records. Asked in a
// pause of typing, and only when something changed that the server's part reads; of a long list only the lines concerned.
import { forgetUnfit, showHints, showOffers } from "./offers.js";
import { later } from "./page.js";
import { markPercent } from "./percents.js";

export class Asking {
  constructor(runtime) {
    this.runtime = runtime;
    this.asked = 0;
    this.answer = null; // the last whole one
    this.due = false; // a question that waits for a pause in typing
    this.lines = new Set(); // the only lines that it is about; null: about everything
    this.underway = null; // the promise of the one that was sent last
    this.soon = later(250, () => this.question());
    this.near = new Set(); // names of columns that only the server columns of the same line read
    this.far = new Set(); // all other names that the server's part reads
    this.find();
  }

  find() {
    for (const [name, spec] of this.runtime.fields) {
      if (spec.unique) this.far.add(name);
      if (spec.server || (spec.formula && ["record", "records", "choice", "choices"].includes(spec.kind))) for (const read of spec.reads ?? []) this.far.add(read);
    }
    this.findIn(this.runtime.lists);
  }

  findIn(lists) {
    for (const [, spec] of lists) {
      for (const inner of Object.values(spec.lines.fields)) {
        if (!inner.server) continue;
        for (const read of inner.reads ?? []) if (!read.startsWith("parent.")) this.near.add(`${spec.path}.${read}`);
        for (const name of spec.above) this.far.add(name);
      }
      this.findIn(spec.lists);
    }
  }

  /** Names changed (null: any may have), in some lines: ask if the server must be asked. must: in any case. */
  about(changed, due, must = false) {
    const far = must || changed === null || [...changed].some((name) => this.far.has(name));
    const near = !far && [...changed].some((name) => this.near.has(name));
    if (!far && !near) return;
    if (changed === null && !this.near.size && !this.far.size) return;
    if (far || !due) this.lines = null;
    else if (this.lines) for (const line of due) this.lines.add(line);
    this.due = true;
    this.soon();
  }

  /** Answers that are on their way are about rows with other numbers. */
  void() {
    this.asked += 1;
    this.answer = null;
    if (this.underway) this.lines = null;
  }

  /** Whether an answer of the server is still to come. */
  get waiting() {
    return this.due || this.underway !== null;
  }

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

  /** The lines that a question needn't leave out: of one long list, only those that changed. null: all. */
  few() {
    const lines = this.lines;
    if (!lines?.size) return null;
    const list = [...this.runtime.tables.values()].find((table) => table.windowed && table.lines.some((line) => lines.has(line)));
    return list && [...lines].every((line) => list.lines.includes(line)) ? { list, lines } : null;
  }

  async send() {
    const { form, record } = this.runtime;
    const url = form.dataset.compute;
    const few = this.few();
    this.lines = new Set();
    if (!url) return;
    this.asked += 1;
    const number = this.asked;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string" && !(few && name.startsWith(`${few.list.name}.`))) body.append(name, value);
    const picked = few ? few.list.entries.filter((one) => few.lines.has(one.line)) : null;
    if (picked) body.set(`${few.list.name}.rows`, JSON.stringify(few.list.carry(this.runtime.isGone, picked)));
    body.set("_touched", this.runtime.decided(few?.lines));
    if (this.runtime.stored(record)) body.set("_id", record.id);
    const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    const told = answer?.ok ? await answer.json().catch(() => null) : null;
    if (!told || number !== this.asked) return; // something newer was asked, or rows moved
    if (picked) this.takeFew(told, few.list, picked, number);
    else this.take(told, number);
  }

  since(holder, name, number) {
    return (this.runtime.typedAt.get(holder)?.get(name) ?? -1) >= number;
  }

  /** Take the server's answer, but never over what was typed since it was asked. */
  take(answer, number) {
    const { runtime } = this;
    this.answer = answer;
    runtime.display = answer.display ?? {};
    runtime.picked = answer.picked ?? {};
    for (const [path, shown] of Object.entries(runtime.display)) if (String(shown).endsWith("%")) markPercent(runtime.rules, path);
    for (const [list, table] of runtime.tables.roots) this.takeRows(table, answer.values?.[list], number);
    for (const [name] of runtime.plain) if (answer.values && name in answer.values && !this.since(runtime.record, name, number)) runtime.record[name] = answer.values[name];
    forgetUnfit(runtime, answer.unfit ?? {});
    runtime.settle();
    runtime.still(() => runtime.show());
    showOffers(runtime.form, answer.options ?? {});
    showHints(runtime.form, answer.hints ?? {});
  }

  takeRows(table, lines, number) {
    if (!lines) return;
    const before = table.entries.length;
    while (table.template && table.entries.length < lines.length) table.insert(table.entries.length, table.blank());
    if (table.entries.length > lines.length) table.take(lines.length, table.entries.length - lines.length);
    lines.forEach((given, index) => this.takeLine(table, table.entries[index], given, `${table.name}.${index}`, number));
    this.runtime.hold(table);
    if (table.entries.length !== before) table.draw();
    lines.forEach((given, index) => { for (const [name, inner] of table.entries[index]?.inner ?? []) this.takeRows(inner, given[name], number); });
    if (table.entries.length === before) return;
    this.runtime.form.dispatchEvent(new Event("fl:rows"));
  }

  takeLine(table, one, given, path, number) {
    if (!one) return;
    for (const [name, value] of Object.entries(given)) {
      if (table.columns[name]?.lines || this.since(one.line, name, number)) continue;
      one.line[name] = value;
      if (value !== null) table.learn(name, value, this.runtime.display[`${path}.${name}`]);
    }
  }

  /** The answer to a question about a few lines: what the server computes of them. */
  takeFew(answer, list, picked, number) {
    const { runtime } = this;
    const server = Object.entries(list.columns).filter(([, spec]) => spec.server).map(([name]) => name);
    const changed = runtime.namesOf(list);
    const values = list.name.split(".").reduce((found, part) => found?.[part], answer.values);
    picked.forEach((one, index) => {
      for (const name of server) {
        if (this.since(one.line, name, number)) continue;
        one.line[name] = values?.[index]?.[name] ?? null;
        if (one.line[name] !== null) list.learn(name, one.line[name], answer.display?.[`${list.name}.${index}.${name}`]);
        changed.add(`${list.own}.${name}`);
      }
    });
    const due = new Set(picked.flatMap((one) => [...runtime.around(one.line)]));
    runtime.settle(changed, due);
    runtime.still(() => runtime.show(changed, due));
    if ([...changed].some((name) => this.far.has(name))) this.about(changed, null);
  }
}
