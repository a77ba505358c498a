// The lists of a form and their tables, also those within lines of others: a line has lists as the record has.
/** All tables by the path that they have now, each followed by those in its rows. */
export class Tables {
  constructor() {
    this.roots = new Map();
  }

  get(path) {
    const [first, ...rest] = (path ?? "").split(".");
    let found = this.roots.get(first);
    for (let at = 0; found && at < rest.length; at += 2) found = found.entries[rest[at]]?.inner.get(rest[at + 1]);
    return found;
  }

  has(path) {
    return Boolean(this.get(path));
  }

  * [Symbol.iterator](among = this.roots.values()) {
    for (const lines of among) {
      yield [lines.name, lines];
      if (lines.spec.lists.length) for (const one of lines.entries) yield* this[Symbol.iterator](one.inner.values());
    }
  }

  values() {
    return [...this].map(([, lines]) => lines);
  }
}

/** The lists among some fields; each is told its own name (`path`), its columns apart (`plain`, `lists`), the names below it,
 * and the names around it that its columns read (`above`). */
export function named(fields, around = []) {
  return fields.filter(([, spec]) => spec.lines).map(([name, spec]) => {
    const path = [...around, name];
    const columns = Object.entries(spec.lines.fields);
    spec.path = path.join(".");
    spec.plain = columns.filter(([, inner]) => !inner.lines);
    spec.lists = named(columns, path);
    spec.below = spec.lists.flatMap(([list, inner]) => Object.keys(inner.lines.fields).map((column) => `${list}.${column}`));
    const absolute = (read) => {
      const ups = read.match(/^(parent\.)*/)[0].length / 7;
      return ups ? [...path.slice(0, -ups), read.slice(7 * ups)].join(".") : null;
    };
    spec.above = new Set(columns.flatMap(([, inner]) => inner.reads ?? []).map(absolute).filter(Boolean));
    return [name, spec];
  });
}
