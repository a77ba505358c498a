// A time of day: typed, stepped with arrow keys by quarters of an hour, or taken from a list of half hours.
import "../app.js";
import { changed, freshId, icon, make } from "../page.js";

const DAY = 24 * 60;
const written = (at) => `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;

export function enhance(box, words, { readTime }) {
  const minutes = (text) => { const found = readTime(text); return found ? Number(found.slice(0, 2)) * 60 + Number(found.slice(3, 5)) : null; };
  const line = box.querySelector("input");
  if (line.readOnly) return;
  const list = make("div", { class: "fl-picker-list", role: "listbox", id: freshId("times"), "aria-label": words.open, hidden: true });
  const button = make("button", { type: "button", class: "fl-affix-btn", tabindex: "-1", "aria-label": words.open }, icon("clock"));
  line.setAttribute("role", "combobox");
  line.setAttribute("aria-expanded", "false");
  line.setAttribute("aria-controls", list.id);
  box.append(button, list);
  let options = [];
  let at = -1;
  const put = (text) => { line.value = text; changed(line); };
  const close = () => { list.hidden = true; line.setAttribute("aria-expanded", "false"); line.removeAttribute("aria-activedescendant"); };
  const mark = (to) => {
    options[at]?.classList.remove("fl-picker-option--at");
    at = Math.max(0, Math.min(options.length - 1, to));
    options[at]?.classList.add("fl-picker-option--at");
    options[at]?.scrollIntoView({ block: "nearest" });
    if (options[at]) line.setAttribute("aria-activedescendant", options[at].id);
  };
  const open = () => {
    const least = minutes(line.dataset.least ?? "") ?? 0;
    const most = minutes(line.dataset.most ?? "") ?? DAY - 1;
    const now = minutes(line.value);
    options = [];
    for (let one = Math.ceil(least / 30) * 30; one <= most; one += 30) {
      const option = make("div", { class: "fl-picker-option", role: "option", id: freshId("time"), "aria-selected": String(one === now) }, make("b", {}, written(one)));
      option.addEventListener("mousedown", (event) => { event.preventDefault(); put(written(one)); close(); });
      options.push(option);
    }
    list.replaceChildren(...options);
    list.hidden = false;
    line.setAttribute("aria-expanded", "true");
    mark(options.findIndex((option) => option.textContent >= written(now ?? 540)));
  };
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => { line.focus(); list.hidden ? open() : close(); });
  line.addEventListener("change", () => { const read = readTime(line.value); if (read && read !== line.value) line.value = read; });
  line.addEventListener("blur", close);
  line.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.altKey && event.key === "ArrowDown") open();
    else if (step && !list.hidden) mark(at + step);
    else if (step) put(written(((minutes(line.value) ?? 540) - step * 15 + DAY) % DAY));
    else if (event.key === "Enter" && !list.hidden && options[at]) { put(options[at].textContent); close(); }
    else if (event.key === "Escape" && !list.hidden) close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}
