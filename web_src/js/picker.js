// The reference picker: a <select> grows a search box (ARIA combobox). The select stays, keeps its name and its value.
import { each, freshId, icon, later, make } from "./page.js";
import { say } from "./texts.js";

/** The whole form as it stands, so that the server can apply `where`; q and the row's number ride along. */
function question(select, text) {
  const form = select.form;
  const body = new URLSearchParams();
  if (form) for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  body.set("_q", text);
  const rows = [...select.name.matchAll(/\.(\d+)(?=\.)/g)].map((found) => found[1]);
  if (rows.length) body.set("_row", rows.join("."));
  return body;
}

/** Ask the server for options. Gives {options: [{value, label, facts}], more}; throws when it can't be reached. */
async function search(source, select, text, signal) {
  const answer = await fetch(source, { method: "POST", body: question(select, text), headers: { Accept: "application/json" }, signal });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

class Picker {
  constructor(box) {
    this.box = box;
    this.select = box.querySelector("select");
    this.source = box.dataset.src;
    this.multiple = this.select.multiple;
    this.options = [];
    this.at = -1;
    this.asked = null;
    this.made = [];
    this.beneath = [...box.parentElement.children].find((one) => one.matches(".fl-picked")); // two facts of what is chosen
    this.facts = new Map([[this.select.value, this.beneath?.textContent ?? ""]]);
    this.build();
    this.show();
    this.ask = later(200, () => this.load());
  }

  build() {
    const { select } = this;
    const id = select.id || freshId("pick");
    select.id = `${id}-value`;
    select.dataset.hidden = "";
    select.tabIndex = -1;
    select.setAttribute("aria-hidden", "true");
    this.list = make("div", { class: "fl-picker-list fl-picker-list--fixed", id: `${id}-list`, role: "listbox", hidden: true, "aria-multiselectable": this.multiple ? "true" : null });
    this.input = make("input", {
      class: "fl-picker-input", id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "data-no-model": true,
      "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list", "aria-label": select.getAttribute("aria-label"),
      "aria-describedby": select.getAttribute("aria-describedby"), "aria-invalid": select.getAttribute("aria-invalid"), disabled: select.disabled,
      "aria-required": select.required ? "true" : null, placeholder: select.dataset.placeholder,
    });
    select.required = false;
    this.clear = make("button", { type: "button", class: "fl-picker-clear", "aria-label": say("clear"), tabindex: "-1" }, icon("x"));
    this.shown = make("div", { class: "fl-picker-box" }, this.input, this.clear);
    const arrow = icon("chevron-down");
    arrow.classList.add("fl-picker-arrow");
    this.shown.append(arrow);
    this.box.append(this.shown, this.list);
    this.input.addEventListener("input", () => { this.open(); this.ask(); });
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("click", () => { if (this.list.hidden) { this.open(); this.load(""); } });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => { if (!this.box.contains(document.activeElement)) { this.close(); this.show(); } }, 120));
    this.clear.addEventListener("click", () => { this.choose(null); this.input.focus(); });
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(this.options[Number(option.dataset.index)]);
      else if (event.target.closest("[data-again]")) this.load();
    });
    select.addEventListener("fl:set", () => this.show());
  }

  /** Write what the select holds into the box. */
  show() {
    const chosen = [...this.select.selectedOptions].filter((option) => option.value !== "");
    this.shown.querySelectorAll(".fl-picker-tag").forEach((tag) => tag.remove());
    if (this.multiple) {
      for (const option of chosen) {
        const drop = make("button", { type: "button", "aria-label": say("remove", { name: option.text }) }, icon("x"));
        drop.addEventListener("click", () => { option.selected = false; this.changed(); });
        this.input.before(make("span", { class: "fl-picker-tag" }, option.text, drop));
      }
      this.input.value = "";
    } else this.input.value = chosen[0]?.text ?? "";
    if (this.beneath) this.beneath.textContent = this.facts.get(this.select.value) ?? "";
    this.clear.hidden = this.multiple || !chosen.length || this.select.disabled || this.input.readOnly;
  }

  open() {
    if (this.input.readOnly || this.input.disabled) return;
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.place();
    this.follow ??= () => this.place();
    addEventListener("scroll", this.follow, { capture: true, passive: true });
    addEventListener("resize", this.follow);
  }

  /** Below the box, or above it where there is more room. */
  place() {
    const at = this.shown.getBoundingClientRect();
    const up = innerHeight - at.bottom < Math.min(260, this.list.scrollHeight) && at.top > innerHeight - at.bottom;
    this.list.style.minWidth = `${at.width}px`;
    this.list.style.left = `${Math.max(8, Math.min(at.left, innerWidth - this.list.offsetWidth - 8))}px`;
    this.list.style.top = up ? "auto" : `${at.bottom + 4}px`;
    this.list.style.bottom = up ? `${innerHeight - at.top + 4}px` : "auto";
  }

  close() {
    this.list.hidden = true;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.asked?.abort();
    this.ask.cancel();
    removeEventListener("scroll", this.follow, { capture: true });
    removeEventListener("resize", this.follow);
  }

  async load(text = this.input.value.trim()) {
    this.asked?.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    this.box.classList.add("fl-picker--waiting");
    try {
      const found = await search(this.source, this.select, text, signal);
      this.options = found.options;
      this.made = (found.new ?? []).map((one) => ({ make: one.href, label: one.label, head: one.head, facts: one.facts }));
      this.options = [...this.options, ...this.made];
      for (const { value, facts } of found.options) if (facts?.length) this.facts.set(String(value), facts.slice(0, 2).join(" · "));
      this.draw(found);
    } catch (failure) {
      if (signal.aborted) return;
      this.options = [];
      this.list.replaceChildren(make("div", { class: "fl-picker-none", "data-again": true }, say("search_failed")));
    } finally {
      if (!signal.aborted) this.box.classList.remove("fl-picker--waiting");
    }
  }

  draw({ more, first }) {
    const chosen = new Set([...this.select.selectedOptions].map((option) => option.value));
    const options = this.options.map((option, index) => make("div", {
      class: `fl-picker-option${option.make ? " fl-picker-option--new" : ""}`, role: "option", id: `${this.list.id}-${index}`, "data-index": index, "aria-selected": String(chosen.has(String(option.value))),
    }, option.make ? icon("plus") : null, make("b", {}, option.label), option.facts?.length ? make("small", {}, option.facts.slice(0, 2).join(" · ")) : null));
    if (options.length === this.made.length) options.unshift(make("div", { class: "fl-picker-none" }, first || say("no_match")));
    else if (more) options.push(make("div", { class: "fl-picker-none" }, say("type_more")));
    this.list.replaceChildren(...options);
    this.point(this.options.length ? 0 : -1);
    this.place();
  }

  point(index) {
    this.at = index;
    [...this.list.querySelectorAll("[role=option]")].forEach((option, i) => {
      option.classList.toggle("fl-picker-option--at", i === index);
      if (i === index) option.scrollIntoView({ block: "nearest" });
    });
    if (index >= 0) this.input.setAttribute("aria-activedescendant", `${this.list.id}-${index}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) {
        if (event.target.closest("[data-row]") && !event.altKey) return;
        this.open();
        this.load("");
      } else if (this.options.length) this.point((this.at + (event.key === "ArrowDown" ? 1 : -1) + this.options.length) % this.options.length);
    } else if (event.key === "Enter" && open && !event.ctrlKey) {
      if (this.at >= 0) this.choose(this.options[this.at]);
    } else if (event.key === "Escape" && open) {
      this.close();
      this.show();
    } else if (event.key === "Tab" && open) {
      if (this.at >= 0 && this.input.value.trim()) this.choose(this.options[this.at], true);
      this.close();
      return;
    } else if (event.key === "Backspace" && this.multiple && !this.input.value) {
      const last = [...this.select.selectedOptions].pop();
      if (last) { last.selected = false; this.changed(); }
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Make the record in a drawer; what is typed here stays, and the new one is chosen when it is there. */
  create({ make: href, label, head }) {
    this.close();
    this.show();
    import("./creating.js").then((drawer) => drawer.create(href, label, ({ id, title }) => {
      setChosen(this.select, head + id, title, this.multiple);
      this.changed();
      this.input.focus();
    }));
  }

  choose(option, quiet = false) {
    if (option?.make) { if (!quiet) this.create(option); return; }
    if (option === null) [...this.select.options].forEach((one) => { one.selected = false; });
    else if (option) setChosen(this.select, String(option.value), option.label, this.multiple);
    if (option === null && !this.multiple) this.select.value = "";
    this.changed();
    if (!this.multiple || quiet) this.close();
    else { this.input.value = ""; this.load(""); }
  }

  changed() {
    this.show();
    this.select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** Choose a value in a select, adding the option if it isn't there. multiple: toggles it. */
function setChosen(select, value, label, multiple = false) {
  let option = [...select.options].find((one) => one.value === value);
  if (!option) {
    option = make("option", { value }, label ?? value);
    select.append(option);
  }
  option.selected = multiple ? !option.selected : true;
}

/** Put a value into a picker's select from outside (a default, a server's answer). value null empties it. */
export function setPicked(select, value, label) {
  const wanted = (Array.isArray(value) ? value : value == null ? [] : [value]).map(String);
  for (const option of select.options) option.selected = false;
  wanted.forEach((one, index) => {
    setChosen(select, one, Array.isArray(label) ? label[index] : label);
  });
  if (!wanted.length && !select.multiple) select.value = "";
  select.dispatchEvent(new Event("fl:set"));
}

/** Make the pickers under `root` live. */
export function enhancePickers(root) {
  each(root, "div.fl-picker[data-picker]", "picker", (box) => { if (box.querySelector("select") && !box.closest("template")) new Picker(box); });
}
