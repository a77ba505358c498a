// Dates and moments as people type them, and the field that takes one: typed ISO dates stay possible, the calendar is a help that
// comes when it is asked for.
import { icon, make } from "./page.js";
import { say } from "./texts.js";

export const iso = (day) => day.toISOString().slice(0, 10);
export const day = (text) => new Date(`${text}T00:00:00Z`);

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

/** A date's input with its button; whoever presses it gets the calendar. */
class DateField {
  constructor(input) {
    this.input = input;
    this.timed = input.dataset.picker === "datetime";
    this.box = make("span", { class: "fl-date-box" });
    input.replaceWith(this.box);
    this.button = make("button", { type: "button", class: "fl-affix-btn", "aria-label": say("open_calendar"), "aria-expanded": "false" }, icon("calendar"));
    this.box.append(input, this.button);
    this.button.addEventListener("click", () => this.calendar().then((calendar) => calendar.toggle()));
    input.addEventListener("change", () => this.tidy());
    input.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" || !event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.calendar().then((calendar) => calendar.open());
    });
  }

  calendar() {
    this.coming ??= import("./calendar.js").then(({ Calendar }) => new Calendar(this, { iso, day, readDate }));
    return this.coming;
  }

  /** Write what was typed the way it is kept, if it is a date. */
  tidy() {
    const read = this.timed ? readMoment(this.input.value) : readDate(this.input.value);
    if (read && read !== this.input.value) this.input.value = read;
  }
}

export function enhanceDate(input) {
  if (!input.closest("template, .fl-date-box")) new DateField(input);
}
