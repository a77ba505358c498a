// The filter box: values with their counts, asked for when a field is chosen; chips that open where they were made.
import "./app.js";
import { unpack } from "./lists.js";
import { each } from "./page.js";
import { say } from "./texts.js";

/** Ask for the values of the field that is shown, once each time the box is opened. */
async function load(box, panel, chosen = []) {
  const values = panel.querySelector("[data-counted]");
  if (!values || panel.dataset.loaded === "1") return;
  panel.dataset.loaded = "1";
  const [path, query] = box.dataset.valuesFrom.split("?");
  const asked = new URLSearchParams(query);
  const swap = panel.querySelector("[name=swap]").value;
  const wheres = asked.getAll("where").filter((one) => one !== swap);
  asked.delete("where");
  for (const one of wheres) asked.append("where", one);
  if (swap && !wheres.length) asked.set("edited", "1");
  asked.set("field", panel.dataset.filterPanel);
  for (const one of [...chosen, ...[...values.querySelectorAll("input:checked")].map((tick) => tick.value)]) asked.append("chosen", one);
  const waiting = setTimeout(() => { if (!values.children.length) values.replaceChildren(...Array.from({ length: 4 }, () => Object.assign(document.createElement("span"), { className: "fl-skeleton fl-filter-skeleton" }))); }, 150);
  const answer = await fetch(`${path}?${asked}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  clearTimeout(waiting);
  if (!answer?.ok) { panel.dataset.loaded = ""; values.querySelectorAll(".fl-skeleton").forEach((one) => one.remove()); return; }
  const words = await answer.text();
  const before = new Map([...values.querySelectorAll("input")].map((tick) => [tick.value, tick.checked])); // also what was ticked meanwhile
  const at = values.contains(document.activeElement) ? document.activeElement.value : null;
  values.innerHTML = words;
  for (const tick of values.querySelectorAll("input")) {
    if (before.has(tick.value)) tick.checked = before.get(tick.value);
    if (tick.value === at) tick.focus();
  }
  panel.classList.toggle("fl-filter-panel--whole", values.querySelector("[data-complete]") !== null);
  sum(panel);
}

/** How many records the ticked values have. */
function sum(panel) {
  const shown = panel.querySelector("[data-filter-sum]");
  const ticked = [...panel.querySelectorAll("[data-counted] input:checked[data-n]")];
  if (!shown) return;
  const negative = panel.querySelector("[name=op]")?.value === "not_in";
  shown.textContent = ticked.length && !negative ? say("records_n", { n: ticked.reduce((all, one) => all + Number(one.dataset.n), 0) }) : "";
}

/** Make the box live that was unpacked under `root`. */
export function enhance(root) {
  each(root, ".fl-filter-box", "values", filterValues);
}

function filterValues(inside) {
  const box = inside.closest("[data-filter]");
  const visible = () => box.querySelector("[data-filter-panel]:not([hidden])");
  if (box.open && !box.flChip) load(box, visible());
  box.flChip = false;
  if (!box.flToggles) box.addEventListener("toggle", () => {
    if (!box.open) {
      for (const panel of box.querySelectorAll("[data-filter-panel]")) { panel.dataset.loaded = ""; const swap = panel.querySelector("[name=swap]"); if (swap) swap.value = ""; }
      return;
    }
    if (!box.flChip && visible()) load(box, visible());
    box.flChip = false;
  });
  box.flToggles = true;
  inside.addEventListener("click", (event) => { if (event.target.closest("[data-filter-field]")) setTimeout(() => load(box, visible())); });
  inside.addEventListener("change", (event) => { const panel = event.target.closest("[data-filter-panel]"); if (panel) sum(panel); });
}

function write(control, value) {
  if (control.type === "checkbox" || control.type === "radio") control.checked = control.value === value;
  else control.value = value;
  control.dispatchEvent(new Event("input", { bubbles: true }));
  control.dispatchEvent(new Event("change", { bubbles: true }));
}

/** A chip opens the box at its field, with what it says filled in; applying it puts the new condition in its place. */
export function openAt(chip) {
  const box = document.querySelector("#list [data-filter]");
  box.flChip = true;
  unpack(box);
  box.flChip = true; // its toggle comes later
  box.open = true;
  const panel = [...box.querySelectorAll("[data-filter-panel]")].find((one) => one.dataset.filterPanel === chip.dataset.chip) ?? box.querySelector("[data-filter-panel=':text']");
  const name = panel.dataset.filterPanel;
  box.querySelectorAll("[data-filter-field]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.filterField === name)));
  box.querySelectorAll("[data-filter-panel]").forEach((one) => { one.hidden = one !== panel; });
  if (name === ":text") { panel.querySelector("textarea").focus(); return; }
  panel.querySelector("[name=swap]").value = chip.dataset.where;
  const operator = panel.querySelector("[name=op]");
  write(operator, chip.dataset.op);
  const values = JSON.parse(chip.dataset.chosen);
  const counted = panel.querySelector("[data-counted]");
  if (counted) {
    for (const tick of counted.querySelectorAll("input")) tick.checked = values.includes(tick.value);
    panel.dataset.loaded = "";
    load(box, panel, values);
  } else {
    const controls = [...panel.querySelectorAll("[name=v]:not([type=hidden])")];
    if (controls.every((one) => one.type === "checkbox")) controls.forEach((one) => { one.checked = values.includes(one.value); });
    else values.forEach((value, place) => controls[place] && write(controls[place], value));
  }
  (panel.querySelector("input:not([type=hidden])") ?? operator).focus();
}
