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
  const names = path.split(".").filter((part) => !/^(\d+|#)$/.test(part));
  const spec = names.slice(1).reduce((found, name) => found?.lines?.fields[name], rules.fields?.[names[0]]);
  if (spec?.kind === "number") spec.percent = true;
}
