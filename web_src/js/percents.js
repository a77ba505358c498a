// Which fields are shares is seen by how the page writes them: 5% is the value 0.05.
import { each } from "./page.js";

/** Mark once which fields are shares, by how the page writes them: 5% is the value 0.05. */
export function markPercents(form, rules) {
  each(form, "[data-calculated], [name]", "percent", (element) => {
    const text = element.value ?? element.textContent;
    if (!text?.trim?.().endsWith("%")) return;
    markPercent(rules, element.dataset.calculated ?? element.name);
  });
}

export function markPercent(rules, path) {
  const [head, , column] = path.split(".");
  const spec = column ? rules.fields?.[head]?.lines?.fields[column] : rules.fields?.[head];
  if (spec?.kind === "number") spec.percent = true;
}
