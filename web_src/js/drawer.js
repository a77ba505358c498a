// The drawer: a record beside its list. The address is the record's while it is open; Esc closes it, J and K go on.
import htmx from "htmx.org";
import { show as showRow } from "./cells.js";
import { icon, isPhone, later, make, on, typing } from "./page.js";
import { say } from "./texts.js";

let drawer = null;
let home = null;
let at = null;
let button = null;

export const drawerOpen = () => drawer !== null && !drawer.hidden;

/** What a dialog asked for is done: it goes. */
export function confirmedClose() {
  document.querySelectorAll("#fl-dialog dialog[open]").forEach((dialog) => dialog.close());
}

const rowOf = (href) => [...document.querySelectorAll("#list tr[data-href]")].find((row) => row.dataset.href === href);

async function fill(href) {
  const waiting = setTimeout(() => drawer.replaceChildren(...Array.from({ length: 7 }, () => make("span", { class: "fl-skeleton fl-drawer-skeleton" }))), 150);
  const answer = await fetch(`${href}/peek`, { headers: { "HX-Request": "true" } }).catch(() => null);
  clearTimeout(waiting);
  if (at !== href) return;
  if (!answer) {
    const retry = make("button", { class: "fl-btn", type: "button" }, say("retry"));
    retry.addEventListener("click", () => fill(href));
    drawer.replaceChildren(make("div", { class: "fl-empty fl-empty--bad" }, make("h2", {}, say("offline")), make("div", { class: "fl-empty-acts" }, retry)));
    return;
  }
  drawer.innerHTML = await answer.text();
  htmx.process(drawer);
  document.body.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: drawer } }));
}

/** Show the record of a row in the drawer; `focus`: and go there. On a phone it is its page. */
export async function peek(row, focus) {
  const href = row.dataset.href;
  if (isPhone()) { location.assign(href); return; }
  if (!drawer) {
    drawer = make("aside", { class: "fl-drawer", role: "dialog", "aria-labelledby": "fl-drawer-title", hidden: true });
    document.getElementById("fl-dialog").before(drawer);
  }
  if (drawer.hidden) home = `${location.pathname}${location.search}`;
  at = href;
  document.querySelectorAll("#list tr.fl-row--at").forEach((one) => one.classList.remove("fl-row--at"));
  row.classList.add("fl-row--at");
  document.getElementById("fl-dialog").setAttribute("hx-headers", '{"X-Stay": "1"}');
  await fill(href);
  if (at !== href) return;
  drawer.hidden = false;
  history.replaceState(history.state, "", href);
  if (focus) drawer.querySelector("#fl-drawer-title")?.focus();
}

function close() {
  if (!drawerOpen()) return;
  drawer.hidden = true;
  drawer.replaceChildren();
  document.getElementById("fl-dialog").removeAttribute("hx-headers");
  history.replaceState(history.state, "", home);
  rowOf(at)?.querySelector("a")?.focus({ preventScroll: true });
  at = null;
}

/** What was done in the drawer shows in it and in its row. */
async function acted() {
  confirmedClose();
  if (!drawerOpen()) return;
  const row = rowOf(at);
  const question = document.querySelector("#list[data-question]")?.dataset.question ?? "";
  fill(at);
  const answer = row ? await fetch(`${at}/row${question}`, { headers: { "HX-Request": "true" } }).catch(() => null) : null;
  if (answer?.ok) showRow(row, await answer.text());
}

export function startDrawer() {
  on("mouseover", "#list tr[data-id]", (event, row) => {
    if (isPhone()) return;
    button ??= make("button", { type: "button", class: "fl-row-peek", tabindex: "-1", "aria-label": say("peek"), title: say("peek_keys") }, icon("eye"));
    const cell = row.querySelector("td:not(.fl-tick)");
    if (button.parentElement !== cell && !cell.flOld) cell.append(button);
  });
  on("click", ".fl-row-peek", (event, pressed) => { event.stopPropagation(); peek(pressed.closest("tr"), true); }, true);
  on("click", "[data-drawer-close]", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drawerOpen() && !document.querySelector("dialog[open], .fl-drawer details[open]")) { event.stopImmediatePropagation(); close(); return; }
    if (event.key !== " " || typing(event.target) || event.target.closest?.("button, summary, input, .fl-drawer") || document.querySelector("dialog[open]")) return;
    const row = event.target.closest?.("#list tr[data-id]") ?? document.querySelector("#list tr.fl-row--at");
    if (!row) return;
    event.preventDefault();
    if (drawerOpen() && at === row.dataset.href) close();
    else peek(row, true);
  });
  const follow = later(80, (row) => { if (drawerOpen() && row.isConnected) peek(row, false); });
  document.addEventListener("fl:row", (event) => { if (drawerOpen()) follow(event.detail); });
  document.body.addEventListener("fl:acted", acted);
  document.body.addEventListener("htmx:pushedIntoHistory", () => { if (drawerOpen()) { home = `${location.pathname}${location.search}`; close(); } });
}
