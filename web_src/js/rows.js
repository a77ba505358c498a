// The line table under the hand: keys, the clipboard, undo, moving rows, steps on the phone, finding a line.
import { each, icon, isPhone, make } from "./page.js";
import { toast } from "./overlays.js";
import { learn, say } from "./texts.js";

learn({
  zh: {
    rows_full: "最多 {n} 行", row_removed: "第 {n} 行已删除", line_count: "1 行", lines_count: "{n} 行", less: "减一", more: "加一",
  },
  en: {
    rows_full: "At most {n} lines", row_removed: "Line {n} removed", line_count: "1 line", lines_count: "{n} lines", less: "One less",
    more: "One more",
  },
});

const MOST_STEPS = 50;
const CONTROL = ".fl-picker-input, input:not([type=hidden]):not([type=file]):not([data-hidden]), select:not([data-hidden]), textarea";

/** Which list a table is of: <table data-lines="items">. */
const listOf = (element) => element.closest("[data-lines]")?.dataset.lines;

const controlOf = (cell) => [...(cell?.querySelectorAll(CONTROL) ?? [])].find((control) => !control.disabled && !control.closest("[hidden], .fl-gone"));
const cellsOf = (row) => [...row.cells].filter((cell) => cell.dataset.field && controlOf(cell));
const columnOf = (control) => control.closest("td[data-field]")?.dataset.field;

/** Whole numbers get − and + on the phone. */
export function stepper(root, { readNumber, restingText }) {
  each(root, "[data-lines] input[inputmode=numeric]:not([data-picker]), [data-row] input[data-scale='0']", "step", (input) => {
    if (!isPhone() || input.closest(".fl-stepper, template")) return;
    const step = (by, name, label) => {
      const button = make("button", { type: "button", tabindex: "-1", "aria-label": label }, icon(name));
      button.addEventListener("click", () => {
        if (input.readOnly) return;
        input.value = restingText(input, String((Number(readNumber(input.value)) || 0) + by));
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
      return button;
    };
    const box = make("span", { class: "fl-stepper" });
    input.replaceWith(box);
    box.append(step(-1, "minus", say("less")), input, step(1, "plus", say("more")));
  });
}

export class Rows {
  /** tools: what reads and writes values, from the form's script. */
  constructor(form, runtime, tools) {
    this.form = form;
    this.tools = tools;
    this.runtime = runtime;
    this.steps = []; // what Ctrl+Z takes back, the last first: functions
    this.before = null; // the cell under the hand as it was when it was entered
    form.addEventListener("click", (event) => this.click(event));
    form.addEventListener("keydown", (event) => this.key(event));
    form.addEventListener("paste", (event) => this.paste(event));
    form.addEventListener("focusin", (event) => this.enter(event.target));
    form.addEventListener("change", (event) => this.changed(event.target));
    form.addEventListener("pointerdown", (event) => this.drag(event));
    form.addEventListener("fl:rows", () => this.prepare());
    this.prepare();
  }

  /** The buttons of all lists are the scripts', and their counts are told. */
  prepare() {
    for (const [list, lines] of this.runtime.tables) {
      for (const button of [...lines.table.querySelectorAll("[data-row-add], [data-row-remove]"), ...(lines.template?.querySelectorAll("[data-row-remove]") ?? [])]) button.type = "button";
      this.limit(list, lines);
      const count = lines.table.closest("details")?.querySelector("[data-inner-count]");
      if (count) count.textContent = lines.entries.length ? say(lines.entries.length === 1 ? "line_count" : "lines_count", { n: lines.entries.length }) : "";
    }
  }

  /** No more rows than fit. */
  limit(list, lines) {
    const add = this.form.querySelector(`[data-row-add="${list}"]`);
    if (add) add.disabled = lines.entries.length >= lines.most;
  }

  at(element) {
    const row = element?.closest?.("tr[data-row]");
    const list = row && listOf(row);
    const lines = list && this.runtime.tables.get(list);
    const one = lines?.of(row);
    return one ? { list, lines, one, index: lines.entries.indexOf(one), column: columnOf(element), fixed: lines.table.hasAttribute("data-fixed") } : null;
  }

  focus(lines, index, column) {
    const row = lines.reveal(index);
    if (!row) return;
    const cell = [...row.cells].find((one) => one.dataset.field === column);
    const control = controlOf(cell) ?? controlOf(cellsOf(row)[0]);
    control?.focus({ preventScroll: true });
    control?.select?.();
    if (control) this.enter(control);
    control?.closest("td").scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // -- steps that can be taken back -----------------------------------------------------------------------------------

  remember(undo) {
    this.steps.push(undo);
    if (this.steps.length > MOST_STEPS) this.steps.shift();
  }

  /** Do something to a list that one Ctrl+Z takes back. */
  step(list, act) {
    const lines = this.runtime.tables.get(list);
    const kept = lines.kept();
    const undo = () => this.runtime.put(lines, kept);
    const done = act();
    this.remember(undo);
    return { done, undo };
  }

  back() {
    const undo = this.steps.pop();
    if (!undo) return false;
    const here = this.at(document.activeElement);
    undo();
    if (here) this.focus(here.lines, Math.min(here.index, here.lines.entries.length - 1), here.column);
    return true;
  }

  enter(control) {
    const here = this.at(control);
    this.before = here?.column ? { ...here, value: here.one.line[here.column], raw: here.one.raw[here.column], text: control.value } : null;
  }

  /** A cell was changed: that is a step of its own. */
  changed(control) {
    const { before } = this;
    const here = this.at(control);
    if (!before || here?.one !== before.one || here.column !== before.column) return;
    const { one, column, lines, list, value, raw } = before;
    const spec = lines.columns[column];
    if (!spec || (this.tools.sameValue(spec, value, one.line[column]) && raw === undefined)) return;
    this.remember(() => {
      one.line[column] = value;
      if (raw === undefined) delete one.raw[column];
      else one.raw[column] = raw;
      if (one.row) lines.fill(one, column, lines.parts(one.row)[column]);
      this.runtime.follow(this.runtime.namesOf(lines, column), new Set([one.line]));
      this.focus(lines, lines.entries.indexOf(one), column);
    });
    this.before = { ...before, value: one.line[column], raw: undefined, text: control.value };
  }

  // -- rows -----------------------------------------------------------------------------------------------------------

  add(list, index) {
    const lines = this.runtime.tables.get(list);
    if (!this.form.querySelector(`[data-row-add="${list}"]`)) return;
    if (lines.entries.length >= lines.most) { toast({ text: say("rows_full", { n: lines.most }), kind: "info" }); return; }
    this.step(list, () => this.runtime.add(list, index));
    this.focus(lines, index, null);
  }

  remove({ list, lines, index, fixed }) {
    if (fixed) return;
    const { undo } = this.step(list, () => this.runtime.remove(list, index));
    toast({ text: say("row_removed", { n: index + 1 }), action: { text: say("undo"), act: () => { this.steps = this.steps.filter((one) => one !== undo); undo(); this.focus(lines, index, null); } } });
    const left = lines.entries.length;
    if (left) this.focus(lines, Math.min(index, left - 1), null);
    else this.form.querySelector(`[data-row-add="${list}"]`)?.focus();
  }

  move({ list, lines, index, column, fixed }, to) {
    if (fixed || lines.table.hasAttribute("data-sorted") || to < 0 || to >= lines.entries.length || to === index) return;
    this.step(list, () => this.runtime.move(list, index, to));
    this.focus(lines, to, column);
  }

  click(event) {
    const add = event.target.closest("[data-row-add]");
    const drop = event.target.closest("[data-row-remove]");
    if (add) {
      const list = add.dataset.rowAdd;
      this.add(list, this.runtime.tables.get(list).entries.length);
    } else if (drop) this.remove(this.at(drop));
  }

  /** A row is pulled by its number to another place. */
  drag(event) {
    const grip = event.target.closest("td.fl-lines-no");
    const here = grip && this.at(grip);
    if (!here || event.button || here.fixed || here.lines.table.hasAttribute("data-sorted")) return;
    event.preventDefault();
    const { lines, one } = here;
    const kept = lines.kept();
    one.row.classList.add("fl-row--pulled");
    grip.setPointerCapture(event.pointerId);
    const pull = (move) => {
      const over = this.at(document.elementFromPoint(innerWidth / 2, move.clientY)) ?? this.at(document.elementsFromPoint(move.clientX, move.clientY).find((element) => element.closest("tr[data-row]")));
      if (over?.lines === lines && over.one !== one) this.runtime.move(here.list, lines.entries.indexOf(one), over.index);
    };
    const drop = () => {
      removeEventListener("pointermove", pull);
      one.row?.classList.remove("fl-row--pulled");
      if (lines.entries.indexOf(one) !== here.index) this.remember(() => this.runtime.put(lines, kept));
    };
    addEventListener("pointermove", pull);
    addEventListener("pointerup", drop, { once: true });
    addEventListener("pointercancel", drop, { once: true });
  }

  // -- keys -----------------------------------------------------------------------------------------------------------

  key(event) {
    const ctrl = event.ctrlKey || event.metaKey;
    const here = this.at(event.target);
    if (ctrl && event.key === "Enter") {
      const list = here?.list ?? event.target.closest("[data-field]")?.querySelector("[data-lines]")?.dataset.lines;
      if (!list) return;
      event.preventDefault();
      this.add(list, here ? here.index + 1 : this.runtime.tables.get(list).entries.length);
    } else if (ctrl && event.key.toLowerCase() === "z" && !event.shiftKey) {
      const typing = this.before && event.target.value !== undefined && event.target.value !== this.before.text;
      if (!typing && (here || !event.target.matches("input, textarea")) && this.back()) event.preventDefault();
    } else if (here && !event.isComposing && this.walk(event, here, ctrl)) event.preventDefault();
  }

  /** The keys of a spreadsheet; whether it was one. */
  walk(event, here, ctrl) {
    const { lines, index, column } = here;
    const { key, shiftKey: shift, altKey: alt, target } = event;
    const go = (to, name = column) => { if (to >= 0 && to < lines.entries.length) this.focus(lines, to, name); return true; };
    if (alt && shift && (key === "ArrowUp" || key === "ArrowDown")) { this.move(here, index + (key === "ArrowUp" ? -1 : 1)); return true; }
    if (alt && key === "Delete") { this.remove(here); return true; }
    if (ctrl && key.toLowerCase() === "d" && column) return this.fromAbove(here);
    if (target.matches("button, summary")) return false;
    const long = target.matches("textarea");
    const menu = target.matches("select");
    if (key === "Enter" && !alt && !(long && !ctrl && target.value.includes("\n"))) {
      if (!shift && !lines.entries[index + 1] && !isPhone() && Object.values(here.one.line).some(Boolean)) this.add(here.list, index + 1);
      return go(index + (shift ? -1 : 1));
    }
    if (!alt && !menu && !(long && target.value) && (key === "ArrowDown" || key === "ArrowUp")) return go(index + (key === "ArrowDown" ? 1 : -1));
    if (ctrl && key === "Home") return go(0);
    if (ctrl && key === "End") return go(lines.entries.length - 1);
    if (key === "PageDown" || key === "PageUp") return go(Math.max(0, Math.min(lines.entries.length - 1, index + (key === "PageDown" ? 10 : -10))));
    return this.sideways(here, event);
  }

  /** Left and right leave the cell when the caret can't go further, Home and End then go to the row's ends. */
  sideways({ lines, one, index, column }, { key, shiftKey, altKey, ctrlKey, target }) {
    if (shiftKey || altKey || ctrlKey || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(key)) return false;
    const back = key === "ArrowLeft" || key === "Home";
    if (target.matches("input:not([type=checkbox]):not([type=radio]), textarea")) {
      const { selectionStart: from, selectionEnd: to, value } = target;
      const whole = from === 0 && to === value.length;
      if (!whole && (back ? to > 0 : from < value.length)) return false;
    } else if (!target.matches("[type=checkbox], select")) return false;
    const names = cellsOf(one.row).map((cell) => cell.dataset.field);
    const at = names.indexOf(column);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: names.length - 1 }[key];
    if (to >= 0 && to < names.length) this.focus(lines, index, names[to]);
    return true;
  }

  /** Ctrl+D: the value of the cell above. */
  fromAbove({ list, lines, one, index, column }) {
    const above = lines.entries[index - 1];
    const part = lines.parts(one.row)[column];
    if (!above || !part?.controls.length || lines.columns[column]?.kind === "files") return true;
    if (above.row) lines.note(above);
    this.step(list, () => {
      this.write(list, lines, one, column, { value: above.line[column] ?? null });
      this.runtime.follow(this.runtime.namesOf(lines, column), new Set([one.line]));
    });
    this.enter(controlOf(part.cell));
    return true;
  }

  /** Put a value, or a text that can't be read, into a cell as if it was typed. */
  write(list, lines, one, column, given) {
    const line = one.line;
    line[column] = "raw" in given ? null : structuredClone(given.value);
    if ("raw" in given) one.raw[column] = given.raw;
    else delete one.raw[column];
    if (given.label) lines.learn(column, given.value, given.label);
    this.runtime.decide(line, column);
    if (!one.row) { if (one.wrong?.columns.includes(column)) one.wrong = null; return; }
    const part = lines.parts(one.row)[column];
    lines.fill(one, column, part);
  }

  // -- the clipboard --------------------------------------------------------------------------------------------------

  paste(event) {
    const here = this.at(event.target);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!here?.column || !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    import("./clipboard.js").then((clipboard) => clipboard.spread(this, here, text)).catch(() => toast({ text: say("failed"), kind: "bad" }));
  }
}
