// Between the controls of a form and values as JSON: numbers are decimal strings, dates ISO, moments ISO with Z,
// references ids, files lists of ids. undefined means: there is no control, so the value stays what the server gave.
import { readDate, readMoment, zoned } from "./calendar.js";
import { setPicked } from "./picker.js";

const full = { "０": "0", "１": "1", "２": "2", "３": "3", "４": "4", "５": "5", "６": "6", "７": "7", "８": "8", "９": "9", "．": ".", "，": ",", "－": "-", "％": "%" };

/** "1,200.50" "¥ 12" "5%" "１２" -> a decimal string; null when empty, undefined when it is no number. */
export function readNumber(text) {
  const bare = text.trim().replace(/^[A-Z]{3}\s*(?=[-\d.])/, "").replace(/(\d)\s*[A-Z]{3}$/, "$1"); // CNY 12, 12 USD
  const plain = bare.replace(/[０-９．，－％]/g, (sign) => full[sign]).replace(/[\s,_¥￥€£元]|[A-Z]{0,2}\$/g, "");
  if (!plain) return null;
  const found = plain.match(/^([+-]?)(\d*)(?:\.(\d*))?(%?)$/);
  if (!found || !(found[2] || found[3])) return undefined;
  let [whole, part] = [found[2] || "0", found[3] ?? ""];
  if (found[4]) {
    const digits = whole.padStart(3, "0");
    part = digits.slice(-2) + part;
    whole = digits.slice(0, -2);
  }
  whole = whole.replace(/^0+(?=\d)/, "");
  return (found[1] === "-" && /[1-9]/.test(whole + part) ? "-" : "") + whole + (part ? `.${part}` : "");
}

/** Hours and minutes that `zone` is ahead at that UTC instant, in ms. */
function ahead(zone, instant) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" }).formatToParts(instant).map((part) => [part.type, part.value]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) - instant;
}

/** "2026-11-23 09:30" in the organisation's zone -> "2026-11-23T01:30:00Z". */
export function toInstant(text, zone) {
  if (zoned(text)) return new Date(text).toISOString().replace(".000Z", "Z");
  const wall = Date.parse(`${text.replace(" ", "T")}${text.length > 16 ? "" : ":00"}Z`);
  let instant = wall - ahead(zone, wall);
  instant = wall - ahead(zone, instant);
  return new Date(instant).toISOString().replace(".000Z", "Z");
}

/** The way back: "2026-11-23T01:30:00Z" -> "2026-11-23 09:30", with seconds only if there are any. */
export function fromInstant(iso, zone) {
  const instant = Math.floor(Date.parse(iso) / 1000) * 1000;
  return new Date(instant + ahead(zone, instant)).toISOString().slice(0, 19).replace("T", " ").replace(/:00$/, "");
}

const ids = (values) => values.filter((value) => value !== "").map(Number);

/** The value of a field from its controls (all inputs with its name). null is empty, undefined unreadable or no control. */
export function readControls(spec, controls, zone) {
  const real = controls.filter((control) => control.type !== "file");
  if (!real.length) return undefined;
  const [first] = real;
  const select = real.find((control) => control.tagName === "SELECT");
  if (spec.kind === "boolean") {
    const box = real.find((control) => control.type === "checkbox");
    return box ? box.checked : first.value === "true";
  }
  if (spec.kind === "files") return ids(real.map((control) => control.value));
  if (spec.kind === "choices") return select ? [...select.selectedOptions].map((option) => option.value).filter(Boolean) : real.filter((control) => control.checked && control.type !== "hidden").map((control) => control.value);
  if (spec.kind === "records") return select ? ids([...select.selectedOptions].map((option) => option.value)) : undefined;
  const radios = real.filter((control) => control.type === "radio");
  const text = radios.length ? radios.find((radio) => radio.checked)?.value ?? "" : (select ?? first).value;
  return readText(spec, text, zone);
}

/** The value that a control's text means; null is empty, undefined unreadable. */
export function readText(spec, text, zone) {
  if (spec.kind === "number") return readNumber(text);
  if (text.trim() === "") return null;
  if (spec.kind === "boolean") return text === "true";
  if (spec.kind === "record") return Number(text);
  if (spec.kind === "date") return readDate(text) ?? undefined;
  if (spec.kind === "instant") {
    const moment = readMoment(text);
    return moment ? toInstant(moment, zone) : undefined;
  }
  return text;
}

/** Put a value into the controls. shown: how the server writes it (titles of records; the text of a box). */
export function writeControls(spec, controls, value, shown, zone) {
  const [first] = controls;
  const select = controls.find((control) => control.tagName === "SELECT");
  if (spec.kind === "boolean") {
    const box = controls.find((control) => control.type === "checkbox");
    if (box) box.checked = value === true;
  } else if (select) {
    if (select.closest("[data-picker]")) setPicked(select, value, shown);
    else if (select.multiple) for (const option of select.options) option.selected = (value ?? []).includes(option.value);
    else select.value = value ?? "";
  } else if (controls.some((control) => control.type === "radio" || control.type === "checkbox")) {
    const wanted = new Set([value ?? []].flat().map(String));
    for (const control of controls) if (control.type !== "hidden") control.checked = wanted.has(control.value);
  } else if (spec.kind === "instant") first.value = value ? fromInstant(value, zone) : "";
  else if (spec.kind !== "files") first.value = value === null || value === undefined ? "" : shown ?? value;
}

/** Whether two JSON values are the same; numbers by amount, so that "2.50" is "2.5". */
export function sameValue(spec, a, b) {
  const empty = (value) => value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
  if (empty(a) || empty(b)) return empty(a) && empty(b);
  if (spec.kind === "number") {
    const tidy = (value) => { const [whole, part = ""] = String(value).split("."); const end = part.replace(/0+$/, ""); return end ? `${whole}.${end}` : whole; };
    return tidy(a) === tidy(b);
  }
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Round a decimal string half away from zero to `decimals`: ("2.005", 2) -> "2.01". */
export function rounded(text, decimals) {
  const found = String(text).match(/^(-?)(\d+)(?:\.(\d*))?$/);
  if (!found) return String(text);
  const part = (found[3] ?? "").padEnd(decimals + 1, "0");
  let digits = BigInt(found[2] + part.slice(0, decimals));
  if (part[decimals] >= "5") digits += 1n;
  const all = String(digits).padStart(decimals + 1, "0");
  const made = decimals ? `${all.slice(0, -decimals)}.${all.slice(-decimals)}` : all;
  return (found[1] && digits ? "-" : "") + made;
}

/** The sum of decimal strings, exactly; null when there is none. */
export function added(values) {
  const known = values.filter((value) => value !== null && value !== undefined && value !== "");
  if (!known.length) return null;
  const places = Math.max(...known.map((value) => (String(value).split(".")[1] ?? "").length));
  const total = known.reduce((sum, value) => {
    const [whole, part = ""] = String(value).split(".");
    return sum + BigInt(whole + part.padEnd(places, "0"));
  }, 0n);
  const digits = String(total < 0n ? -total : total).padStart(places + 1, "0");
  return (total < 0n ? "-" : "") + (places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits);
}

const grouped = (text) => text.replace(/^(-?\d+)/, (whole) => whole.replace(/\B(?=(\d{3})+(?!\d))/g, ","));
const symbols = {};
function symbol(currency) {
  symbols[currency] ??= new Intl.NumberFormat("zh-CN", { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(0).find((part) => part.type === "currency").value;
  return symbols[currency];
}

/** How a calculated value reads: ¥8,640.00; the server's own words come with its answers. */
export function shownValue(spec, value, titles, zone) {
  if (value === null || value === undefined || value === "") return "–";
  if (spec.kind === "number") {
    const text = spec.decimals == null ? String(value) : rounded(value, spec.decimals);
    if (spec.percent || spec.format?.endsWith("%")) {
      const [whole, part = ""] = text.split(".");
      const digits = `${whole}${part.padEnd(2, "0").slice(0, 2)}`.replace(/^(-?)0+(?=\d)/, "$1");
      const rest = part.slice(2).replace(/0+$/, "");
      return `${grouped(digits + (rest ? `.${rest}` : ""))}%`;
    }
    return (spec.currency ? (text.startsWith("-") ? "-" : "") + symbol(spec.currency) : "") + grouped(spec.currency ? text.replace("-", "") : text);
  }
  if (spec.kind === "boolean") return value ? "✓" : "–";
  if (spec.kind === "instant") return fromInstant(value, zone);
  if (spec.kind === "choice" || spec.kind === "record") return titles?.[value] ?? String(value);
  return Array.isArray(value) ? value.map((one) => titles?.[one] ?? one).join("、") : String(value);
}
