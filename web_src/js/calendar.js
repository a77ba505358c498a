// Our own light date picker in the page's language: typed ISO dates stay possible, the calendar is a help.
import { freshId, icon, make } from "./page.js";
import { language, say } from "./texts.js";

const locale = language === "zh" ? "zh-CN" : "en-GB";
const monthName = new Intl.DateTimeFormat(locale, { year: "numeric", month: "long", timeZone: "UTC" });
const dayName = new Intl.DateTimeFormat(locale, { weekday: "narrow", timeZone: "UTC" });
const fullDay = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: "UTC" });
const iso = (day) => day.toISOString().slice(0, 10);
const day = (text) => new Date(`${text}T00:00:00Z`);
const plus = (date, days) => new Date(date.getTime() + days * 86400000);

/** What people type, as ISO: 2026-11-3, 2026/11/03, 20261103, 2026年11月3日, 11-3 (this year) -> 2026-11-03; null if no date. */
export function readDate(text, today = iso(new Date())) {
  const found = text.trim().match(/^(?:(\d{4})\s*[-/.年]?\s*)?(\d{1,2})\s*[-/.月]?\s*(\d{1,2})日?$/);
  if (!found) return null;
  const made = `${found[1] ?? today.slice(0, 4)}-${found[2].padStart(2, "0")}-${found[3].padStart(2, "0")}`;
  const real = day(made);
  return !Number.isNaN(real.getTime()) && iso(real) === made ? made : null;
}

const EXACT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Whether a moment is written with its zone, as programs do. */
export const zoned = (text) => EXACT.test(text) && !Number.isNaN(Date.parse(text));

/** The same with a time behind it: "2026-11-03 9:05" -> "2026-11-03 09:05"; seconds stay, and so does what has a zone. */
export function readMoment(text, today) {
  if (zoned(text.trim())) return text.trim();
  const [, date, hour, minute, second = "00"] = text.trim().match(/^(.*?)[T\s]+(\d{1,2})[::](\d{2})(?:[::](\d{2}))?$/) ?? [];
  if (!date) {
    const only = readDate(text, today);
    return only && `${only} 00:00`;
  }
  const read = readDate(date, today);
  if (!read || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  return `${read} ${hour.padStart(2, "0")}:${minute}${second === "00" ? "" : `:${second}`}`;
}

class Calendar {
  constructor(input) {
    this.input = input;
    this.timed = input.dataset.picker === "datetime";
    const field = make("span", { class: "fl-date-box" });
    this.field = field;
    input.replaceWith(field);
    field.append(input);
    this.button = make("button", { type: "button", class: "fl-affix-btn", "aria-label": say("open_calendar"), "aria-expanded": "false" }, icon("calendar"));
    field.append(this.button);
    this.button.addEventListener("click", () => (this.box ? this.close() : this.open()));
    this.input.addEventListener("change", () => this.tidy());
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && event.altKey) { event.preventDefault(); event.stopPropagation(); this.open(); }
    });
    this.outside = (event) => { if (!field.contains(event.target)) this.close(false); };
  }

  /** Write what was typed the way it is kept, if it is a date. */
  tidy() {
    const read = this.timed ? readMoment(this.input.value) : readDate(this.input.value);
    if (read && read !== this.input.value) this.input.value = read;
  }

  open() {
    if (this.input.readOnly || this.input.disabled) return;
    this.tidy();
    const typed = this.input.value.slice(0, 10);
    this.chosen = readDate(typed);
    this.shown = day(this.chosen ?? this.today());
    this.box = make("div", { class: "fl-calendar", role: "dialog", "aria-label": say("open_calendar") });
    this.field.append(this.box);
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.draw(true);
    if (this.box.getBoundingClientRect().bottom > innerHeight) this.box.classList.add("fl-calendar--up");
    this.button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", this.outside);
  }

  close(back = true) {
    this.box?.remove();
    this.box = null;
    this.button.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", this.outside);
    if (back) this.input.focus();
  }

  today() {
    const rules = document.getElementById("fl-form-rules");
    return (rules && JSON.parse(rules.textContent).today) || new Date().toLocaleDateString("sv");
  }

  draw(focus) {
    const first = new Date(Date.UTC(this.shown.getUTCFullYear(), this.shown.getUTCMonth(), 1));
    const start = plus(first, -((first.getUTCDay() + 6) % 7));
    const tool = (name, label, months) => {
      const button = make("button", { type: "button", class: "fl-tool", "aria-label": label }, icon(name));
      button.addEventListener("click", () => { this.turn(months); });
      return button;
    };
    const heading = make("b", { id: freshId("month"), "aria-live": "polite" }, monthName.format(first));
    const week = make("tr", {}, ...Array.from({ length: 7 }, (_, i) => make("th", { scope: "col" }, dayName.format(plus(start, i)))));
    const rows = Array.from({ length: 6 }, (_, w) => make("tr", {}, ...Array.from({ length: 7 }, (_, d) => make("td", { role: "presentation" }, this.cell(plus(start, w * 7 + d), first)))));
    const days = make("table", { class: "fl-calendar-days", role: "grid", "aria-labelledby": heading.id }, make("thead", {}, week), make("tbody", {}, ...rows));
    this.box.replaceChildren(make("div", { class: "fl-calendar-top" }, tool("chevron-left", say("previous_month"), -1), heading, tool("chevron-right", say("next_month"), 1)), days, this.foot());
    if (focus) this.box.querySelector("[tabindex='0']")?.focus();
  }

  cell(date, first) {
    const text = iso(date);
    const classes = ["fl-day", date.getUTCMonth() !== first.getUTCMonth() && "fl-day--out", text === this.today() && "fl-day--today"].filter(Boolean).join(" ");
    const button = make("button", { type: "button", class: classes, role: "gridcell", "aria-selected": String(text === this.chosen), "aria-label": fullDay.format(date), tabindex: text === iso(this.shown) ? "0" : "-1" }, String(date.getUTCDate()));
    button.addEventListener("click", () => this.choose(text));
    return button;
  }

  foot() {
    const today = make("button", { type: "button", class: "fl-link-btn" }, say("today"));
    today.addEventListener("click", () => this.choose(this.today()));
    const clear = make("button", { type: "button", class: "fl-link-btn" }, say("clear"));
    clear.addEventListener("click", () => this.write(""));
    const foot = make("div", { class: "fl-calendar-foot" }, today, clear, make("span", { class: "fl-spread" }));
    if (this.timed) {
      this.time = make("input", { class: "fl-input fl-input--small", inputmode: "numeric", "aria-label": say("time"), placeholder: "09:00", value: this.input.value.slice(11, 16), "data-no-model": true });
      this.time.addEventListener("change", () => { if (this.chosen) this.write(`${this.chosen} ${this.clock()}`, false); });
      foot.append(this.time);
    }
    return foot;
  }

  clock() {
    return /^([01]?\d|2[0-3]):[0-5]\d$/.test(this.time?.value ?? "") ? this.time.value.padStart(5, "0") : "09:00";
  }

  choose(text) {
    this.chosen = text;
    this.write(this.timed ? `${text} ${this.clock()}` : text);
  }

  write(text, close = true) {
    this.input.value = text;
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    if (close) this.close();
  }

  turn(months) {
    const to = new Date(Date.UTC(this.shown.getUTCFullYear(), this.shown.getUTCMonth() + months, 1));
    const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate();
    to.setUTCDate(Math.min(this.shown.getUTCDate(), last));
    this.shown = to;
    this.draw(false);
  }

  key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (event.key === "Escape") this.close();
    else if (event.target.matches("input")) {
      if (event.key !== "Enter") return;
      event.target.dispatchEvent(new Event("change"));
      this.close();
    } else if (step && event.target.matches(".fl-day")) { this.shown = plus(this.shown, step); this.draw(true); }
    else if (event.key === "PageUp" || event.key === "PageDown") { this.turn(event.key === "PageUp" ? -1 : 1); this.box.querySelector("[tabindex='0']")?.focus(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

export function enhanceDate(input) {
  if (!input.closest("template, .fl-date-box")) new Calendar(input);
}
