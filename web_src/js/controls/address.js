// An address: a list for each of province, city and district in China, lines for the rest; elsewhere lines only.
import "../app.js";
import { changed, make } from "../page.js";

const ELSEWHERE = "*";
let regions = null;

const loaded = () => (regions ??= fetch(REGIONS).then((answer) => answer.json()).catch(() => { regions = null; return {}; }));

export function enhance(box, words, { PARTS, addressParts, joined }) {
  const line = box.querySelector("input");
  if (line.readOnly) return;
  const depth = Number(words.depth);
  const row = make("div", { class: "fl-address-parts", role: "group" });
  let known = {};
  let free = false;

  const tell = (parts) => { line.value = joined(parts.slice(0, depth).map((part) => part.trim().replace(/\s+/g, " "))); changed(line); };
  const now = () => addressParts(line.value);

  function select(name, offered, value, more = []) {
    const control = make("select", { class: "fl-select", "aria-label": words[name], "data-no-model": true });
    control.append(make("option", { value: "" }, words[name]));
    const all = value && !offered.includes(value) ? [value, ...offered] : offered;
    for (const one of all) control.append(make("option", { value: one }, one));
    for (const [key, title] of more) control.append(make("option", { value: key }, title));
    control.value = value;
    return control;
  }

  function typed(name, value) {
    const control = make("input", { class: "fl-input", type: "text", "aria-label": words[name], placeholder: words[name], value, "data-no-model": true, "data-part": name, maxlength: { street: 160, postcode: 12 }[name] ?? 40 });
    return control;
  }

  function draw() {
    const parts = now();
    const [province, city] = parts;
    if (province && Object.keys(known).length && !(province in known)) free = true;
    const offered = [Object.keys(known), Object.keys(known[province] ?? {}), known[province]?.[city] ?? []];
    const controls = PARTS.slice(0, depth).map((name, at) => {
      if (at > 2 || free) return typed(name, parts[at]);
      return select(name, offered[at], parts[at], at === 0 ? [[ELSEWHERE, words.elsewhere]] : []);
    });
    if (free) {
      const back = make("button", { type: "button", class: "fl-link-btn" }, words.china);
      back.addEventListener("click", () => { free = false; tell(["", "", "", parts[3], parts[4]]); draw(); row.querySelector("select").focus(); });
      controls.push(back);
    }
    row.replaceChildren(...controls);
    controls.forEach((control, at) => control.tagName !== "BUTTON" && control.addEventListener(control.tagName === "SELECT" ? "change" : "input", (event) => {
      event.stopPropagation();
      const next = now();
      if (control.value === ELSEWHERE && control.tagName === "SELECT") {
        free = true;
        tell(["", "", "", next[3], next[4]]);
        draw();
        row.querySelector("input").focus();
        return;
      }
      next[at] = control.value;
      if (control.tagName === "SELECT") {
        const places = known[next[0]] ?? {};
        if (at === 0) next[1] = next[2] = "";
        if (at === 1) next[2] = "";
        const only = Object.keys(places);
        if (at === 0 && only.length === 1) [next[1]] = only;
      }
      tell(next);
      if (control.tagName === "SELECT") { draw(); row.children[Math.min(at, row.children.length - 1)].focus(); }
    }));
  }

  line.classList.add("fl-sr");
  line.tabIndex = -1;
  line.addEventListener("fl:filled", draw);
  line.addEventListener("focus", () => row.querySelector("select, input")?.focus());
  row.setAttribute("aria-label", document.querySelector(`label[for="${CSS.escape(line.id)}"]`)?.firstChild?.textContent.trim() ?? "");
  box.append(row);
  draw();
  loaded().then((found) => { known = found; draw(); });
}
