// The keys of every page in one table: what is pressed there is done from here, and `?` lists the same table (keylist.js).
// Single signs are no keys while somebody types, while a dialog is open, or when the person has switched them off.
import { move, openRow, rowAt } from "./lists.js";
import { typing } from "./page.js";

const AFTER_G = 1500; // ms in which the second key must follow
const press = (selector) => () => { const found = document.querySelector(selector); found?.click(); return Boolean(found); };
const go = (path) => () => { location.assign(path); };

function focusOn(...selectors) {
  for (const field of selectors.map((selector) => document.querySelector(selector)).filter(Boolean)) {
    if (!field.checkVisibility?.()) field.closest("form")?.click(); // a narrow frame opens for it
    field.focus();
    if (document.activeElement === field) { field.select(); return true; }
  }
  return false;
}

function openCurrent(event) {
  if (!rowAt() || !event.target.closest("tr, body") || event.target.closest("button, summary, a:not(tr a)")) return false;
  openRow(rowAt());
  return true;
}

function sendForm() {
  const form = document.getElementById("fl-form");
  if (!form) return false;
  document.activeElement?.dispatchEvent(new Event("change", { bubbles: true }));
  form.requestSubmit(form.querySelector(".fl-actions .fl-btn--primary") ?? undefined);
  return true;
}

function moveCard() {
  const card = document.activeElement?.closest("[data-card]");
  card?.dispatchEvent(new CustomEvent("fl:places", { bubbles: true }));
  return Boolean(card);
}

/** keys: as they are named below; group and name: how keylist.js calls it. An act answers false when there was nothing to
 * do, and the browser goes on with the key. Without an act the key belongs to a part that has the focus. */
export const KEYS = [
  { group: "everywhere", name: "search", keys: "ctrl+k", act: () => jump() },
  { group: "everywhere", name: "find", keys: "/", act: () => focusOn("[data-search]") || jump() },
  { group: "everywhere", name: "home", keys: "g h", act: go("/") },
  { group: "everywhere", name: "tasks", keys: "g t", act: go("/tasks") },
  { group: "everywhere", name: "notices", keys: "g n", act: go("/notices") },
  { group: "everywhere", name: "create", keys: "n", act: press(".fl-header .fl-btn--primary[href]") },
  { group: "everywhere", name: "menu", keys: "ArrowUp ArrowDown" },
  { group: "everywhere", name: "close", keys: "Escape" },
  { group: "everywhere", name: "keys", keys: "?", act: showKeys },
  { group: "list", name: "down", keys: "j", act: () => move(1) },
  { group: "list", name: "up", keys: "k", act: () => move(-1) },
  { group: "list", name: "tick", keys: "x", act: () => rowAt()?.querySelector(".fl-tick input")?.click() },
  { group: "list", name: "open", keys: "Enter", act: openCurrent },
  { group: "list", name: "peek", keys: "Space" },
  { group: "list", name: "cell", keys: "F2" },
  { group: "list", name: "cards", keys: "Arrows" },
  { group: "list", name: "place", keys: "m", act: moveCard },
  { group: "record", name: "edit", keys: "e", act: press("[data-key=edit]") },
  { group: "record", name: "before", keys: "[", act: press("a[rel=prev]") },
  { group: "record", name: "after", keys: "]", act: press("a[rel=next]") },
  { group: "form", name: "send", keys: "ctrl+s", act: sendForm },
  { group: "form", name: "line", keys: "ctrl+Enter" },
  { group: "form", name: "undo", keys: "ctrl+z" },
];

/** Search or jump, with what stands in `box` so far; without the list the menu's own box serves. */
export function jump(box) {
  import("./jumper.js").then((jumper) => {
    jumper.open(box?.value);
    if (box) box.value = "";
  }, () => focusOn(".fl-jump input"));
}

/** The list of all keys; what has the focus now gets it back. */
export function showKeys() {
  import("./keylist.js").then((list) => list.show(KEYS));
}

/** How an event is named in the table; null: no key of ours. */
function named(event) {
  if (event.altKey) return null;
  if (event.ctrlKey || event.metaKey) return `ctrl+${event.key.toLowerCase()}`;
  if (event.shiftKey && /^[a-z]$/i.test(event.key)) return null;
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

export function startKeys() {
  const table = new Map(KEYS.filter((one) => one.act).map((one) => [one.keys, one.act]));
  let begun = 0; // when G was pressed
  document.addEventListener("keydown", (event) => {
    const key = event.defaultPrevented || event.isComposing ? null : named(event);
    if (key === null) return;
    if (!key.startsWith("ctrl+")) {
      if (typing(event.target) || document.querySelector("dialog[open]")) return;
      if (key.length === 1 && document.body.dataset.letters === "off") return;
    }
    const second = begun && event.timeStamp - begun < AFTER_G;
    begun = key === "g" && !second ? event.timeStamp : 0;
    const act = (second && table.get(`g ${key}`)) || table.get(key);
    if (act && act(event) !== false) event.preventDefault();
  });
}
