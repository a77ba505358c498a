// The calendar of a date's field, in the page's language. It is fetched when one is opened.
import "./app.js";
import { freshId, icon, make } from "./page.js";
import { language, learn, say } from "./texts.js";

learn({
  zh: {
    previous_month: "上个月", next_month: "下个月", today: "今天", time: "时间",
  },
  en: {
    previous_month: "Previous month", next_month: "Next month", today: "Today", time: "Time",
  },
});

const locale = language === "zh" ? "zh-CN" : "en-GB";
const monthName = new Intl.DateTimeFormat(locale, { year: "numeric", month: "long", timeZone: "UTC" });
const dayName = new Intl.DateTimeFormat(locale, { weekday: "narrow", timeZone: "UTC" });
const fullDay = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: "UTC" });
const plus = (date, days) => new Date(date.getTime() + days * 86400000);

export class Calendar {
  /** field: the DateField it writes into; tools: what reads and writes days, from the form's script. */
  constructor(field, tools) {
    this.field = field;
    this.input = field.input;
    this.timed = field.timed;
    this.tools = tools;
    this.outside = (event) => { if (!field.box.contains(event.target)) this.close(false); };
  }

  toggle() {
    if (this.box) this.close();
    else this.open();
  }

  open() {
    if (this.box || this.input.readOnly || this.input.disabled) return;
    this.field.tidy();
    const typed = this.input.value.slice(0, 10);
    this.chosen = this.tools.readDate(typed);
    this.shown = this.tools.day(this.chosen ?? this.today());
    this.box = make("div", { class: "fl-calendar", role: "dialog", "aria-label": say("open_calendar") });
    this.field.box.append(this.box);
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.draw(true);
    if (this.box.getBoundingClientRect().bottom > innerHeight) this.box.classList.add("fl-calendar--up");
    this.field.button.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", this.outside);
  }

  close(back = true) {
    this.box?.remove();
    this.box = null;
    this.field.button.setAttribute("aria-expanded", "false");
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
    const { iso } = this.tools;
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
