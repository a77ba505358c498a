// Between the controls of a form and values as JSON: numbers are decimal strings, dates ISO, moments ISO with Z,
// references ids, files lists of ids. undefined means: there is no control, so the value stays what the server gave.
import { addressText, readAddress } from "./address.js";
import { grouped, plainText, restingText } from "./amounts.js";
import { capitals } from "./capitals.js";
import { readDate, readMoment, zoned } from "./dates.js";
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

/** "9:30" "0930" "9点半" "下午3点" "3 pm" -> "09:30", with seconds only if there are any; null if it is no time of day. */
export function readTime(text) {
  const given = text.trim();
  const run = given.match(/^(\d{2})(\d{2})$/);
  const found = run ?? (/^\d+$/.test(given) ? null : given.match(/^(上午|下午|晚上)?\s*(\d{1,2})\s*(?:[:：.点时]\s*(?:(\d{1,2})\s*分?|(半))?)?(?:[:：](\d{2}))?\s*(am|pm)?$/i));
  if (!found) return null;
  let [hour, minute, second] = run ? [Number(run[1]), Number(run[2]), 0] : [Number(found[2]), found[4] ? 30 : Number(found[3] ?? 0), Number(found[5] ?? 0)];
  const half = run ? "" : (found[6] ?? { 上午: "am", 下午: "pm", 晚上: "pm" }[found[1]] ?? "").toLowerCase();
  if (half && (hour < 1 || hour > 12)) return null;
  if (half) hour = (hour % 12) + (half === "pm" ? 12 : 0);
  if (hour > 23 || minute > 59 || second > 59) return null;
  return [hour, minute, ...(second ? [second] : [])].map((part) => String(part).padStart(2, "0")).join(":");
}

const SECONDS = { w: 604800, 周: 604800, d: 86400, 天: 86400, 日: 86400, h: 3600, 小时: 3600, 时: 3600, m: 60, 分: 60, s: 1, 秒: 1 };

/** "1:30" "90m" "1h 30m" "1.5 小时" -> whole seconds; null if it is no length of time. */
export function readLength(text) {
  const given = text.trim().toLowerCase();
  const sign = given.startsWith("-") ? -1 : 1;
  const clock = given.match(/^-?(\d{1,6}):([0-5]\d)(?::([0-5]\d))?$/);
  if (clock) return sign * (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0));
  const part = /(\d+(?:\.\d+)?)\s*(weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|小时|分钟|[wdhms周天日时分秒])\s*/y;
  let [total, at] = [0, given.startsWith("-") ? 1 : 0];
  if (at === given.length) return null;
  while (at < given.length) {
    part.lastIndex = at;
    const found = part.exec(given);
    if (!found) return null;
    total += Number(found[1]) * (SECONDS[found[2]] ?? SECONDS[found[2][0]]);
    at = part.lastIndex;
  }
  const whole = Math.round(total * 1000) / 1000;
  return Number.isInteger(whole) ? sign * whole : null;
}

/** 5400 -> "1h 30m" */
export function lengthText(seconds) {
  let rest = Math.abs(seconds);
  const parts = ["d", "h", "m", "s"].flatMap((unit) => { const n = Math.floor(rest / SECONDS[unit]); rest %= SECONDS[unit]; return n ? [`${n}${unit}`] : []; });
  return (seconds < 0 ? "-" : "") + (parts.join(" ") || "0m");
}

/** "31.2989, 120.5853 苏州" -> { latitude: "31.298900", longitude: "120.585300", address: "苏州" }; null if it is no place. */
export function readPlace(text) {
  const found = text.trim().match(/^(-?\d{1,2}(?:\.\d+)?)\s*[,，;\s]\s*(-?\d{1,3}(?:\.\d+)?)(?:[\s,，]+(.+))?$/);
  if (!found || Math.abs(found[1]) > 90 || Math.abs(found[2]) > 180) return null;
  const six = (degrees) => Number(degrees).toFixed(6);
  return { latitude: six(found[1]), longitude: six(found[2]), address: (found[3] ?? "").trim() };
}

const placeText = ({ latitude, longitude, address }) => [[latitude, longitude].map((one) => String(one).replace(/\.?0+$/, "")).join(", "), address].filter(Boolean).join(" ");

/** What is read from text by the browser itself, by kind. */
const READ = { time: readTime, length: readLength, location: readPlace, address: readAddress };

/** A value as it is typed. */
function writtenValue(spec, value) {
  if (spec.kind === "length") return lengthText(Number(value));
  if (spec.kind === "address") return typeof value === "string" ? value : addressText(value);
  return spec.kind === "location" ? placeText(value) : value;
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
  const picked = select && [...select.selectedOptions].map((option) => option.value).filter(Boolean);
  if (spec.kind === "choices") return picked ?? real.filter((control) => control.checked && control.type !== "hidden").map((control) => control.value);
  if (spec.kind === "records") return picked && (spec.forms ? picked : picked.map(Number));
  const radios = real.filter((control) => control.type === "radio");
  const text = radios.length ? radios.find((radio) => radio.checked)?.value ?? "" : select?.value ?? plainText(first);
  return readText(spec, text, zone);
}

/** The value that a control's text means; null is empty, undefined unreadable. */
export function readText(spec, text, zone) {
  if (spec.kind === "number") return readNumber(text);
  if (text.trim() === "") return null;
  if (spec.kind === "boolean") return text === "true";
  if (spec.kind === "record") return text[0] === "~" ? undefined : spec.forms ? text : Number(text); // ~P-7: words that mean no record yet
  if (spec.kind === "date") return readDate(text) ?? undefined;
  if (READ[spec.kind]) return READ[spec.kind](text) ?? undefined;
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
  else if (spec.kind !== "files") first.value = value === null || value === undefined ? "" : restingText(first, String(shown ?? writtenValue(spec, value)));
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

const symbols = {};
function symbol(currency) {
  symbols[currency] ??= new Intl.NumberFormat("zh-CN", { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(0).find((part) => part.type === "currency").value;
  return symbols[currency];
}

/** An amount in Chinese capitals; "" for none and for nothing. */
export const spelledOut = (value) => (Number(value ?? 0) === 0 ? "" : capitals(BigInt(rounded(value, 2).replace(".", ""))));

/** A number with all its decimals, or without those at the end that are 0. */
const shownDecimals = (text, fixed) => (fixed || !text.includes(".") ? text : text.replace(/\.?0+$/, ""));

/** How a calculated value reads: ¥8,640.00; the server's own words come with its answers. */
export function shownValue(spec, value, titles, zone) {
  if (value === null || value === undefined || value === "") return "–";
  if (spec.kind === "number") {
    const text = spec.decimals == null ? String(value) : shownDecimals(rounded(value, spec.decimals), spec.fixed);
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
  if (READ[spec.kind]) return writtenValue(spec, value);
  if (spec.kind === "choice" || spec.kind === "record") return titles?.[value] ?? String(value);
  return Array.isArray(value) ? value.map((one) => titles?.[one] ?? one).join("、") : String(value);
}
