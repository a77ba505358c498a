// Formulas for the form being filled: its values as the evaluator wants them, its results as the form keeps them.
import { readAddress } from "./address.js";
import { rounded } from "./controls.js";
import { Decimal, evaluate } from "./expressions.js";

export class Reckoner {
  /** rules as in #fl-form-rules; isGone(holder, name): a field that doesn't show counts as empty. */
  constructor(rules, isGone) {
    this.rules = rules;
    this.isGone = isGone;
    this.views = new WeakMap();
    this.held = new WeakMap(); // line -> {parent: the record or line that holds it, fields: its columns}
    this.base = { today: rules.today, now: rules.now, zone: rules.zone ?? "UTC" };
  }

  /** A line is held by that record or line, with these columns; gives the line. */
  hold(line, parent, fields) {
    if (!this.held.has(line)) this.held.set(line, { parent, fields });
    return line;
  }

  /** What formulas see of the record, or of a line: members read at the moment they are asked for. */
  view(holder) {
    const known = this.views.get(holder);
    if (known) return known;
    const made = {};
    this.views.set(holder, made);
    const { parent, fields } = this.held.get(holder) ?? { parent: null, fields: this.rules.fields };
    const member = (name, get) => Object.defineProperty(made, name, { get, enumerable: true });
    for (const name of ["id", "state"]) member(name, () => holder[name] ?? null);
    if (parent) member("parent", () => this.view(parent));
    for (const [name, spec] of Object.entries(fields)) {
      // FIELD@FORM: the record that it points at, if it is one of that form (its value is FORM/ID)
      for (const form of spec.forms ?? []) {
        member(`${name}@${form}`, () => {
          const [of, id] = String(made[name] ?? "").split("/");
          return of === form ? Number(id) : null;
        });
      }
      member(name, () => {
        if (this.isGone(holder, name)) return spec.lines ? [] : null;
        return spec.lines ? (holder[name] ?? []).map((line) => this.view(this.hold(line, holder, spec.lines.fields))) : holder[name] ?? null;
      });
    }
    return made;
  }

  run(tree, holder) {
    const variables = { this: this.view(holder), user: this.rules.user ?? null, settings: this.rules.settings ?? {} };
    return evaluate(tree, { ...this.base, variables });
  }

  /** The value of a tree as JSON of that field's kind; undefined when it can't be computed here. */
  value(tree, spec, holder) {
    try {
      return this.kept(this.run(tree, holder), spec);
    } catch {
      return undefined; // it overflows or reads what isn't here: the server says what it thinks
    }
  }

  /** Whether a condition holds; undefined when it can't be told here. */
  truth(tree, holder) {
    try {
      return this.run(tree, holder) === true;
    } catch {
      return undefined;
    }
  }

  kept(value, spec) {
    if (value === null || value === undefined) return null;
    if (value instanceof Decimal) {
      const text = value.toString();
      return spec.kind !== "number" ? text : spec.decimals === null || spec.decimals === undefined ? text : rounded(text, spec.decimals);
    }
    if (typeof value === "bigint") return Number(value / 1000000n); // a length, in seconds
    if (spec.kind === "time") return value.slice(0, 8).replace(/:00$/, "");
    if (spec.kind === "address") return typeof value === "string" ? readAddress(value) : value;
    if (spec.kind === "location") return { ...value, address: value.address ?? "" };
    if (Array.isArray(value)) return value.map((one) => this.kept(one, spec));
    if (typeof value === "object") return value.id ?? null;
    return spec.kind === "boolean" ? value === true : value;
  }
}
