// What others do shows on this page: counts, lists, an open record. Never under the hands of somebody who types, chooses
// or reads with a menu open: then a quiet bar says that there is news, and a press shows it.
//
// Other parts of a page may listen: document, "fl:live", detail {changes: [{form, record, version, kind, who, mine}],
// missed, counts}. kind is the word of the record's history, or "gone" when it can't be seen any more.
import "./app.js";
import htmx from "htmx.org";
import { showCounts, stopAsking } from "./counts.js";
import { morph } from "./morph.js";
import { icon, make, typing } from "./page.js";
import { learn, say } from "./texts.js";

learn({
  zh: {
    live_changed: "{who}刚改了这条记录", live_said: "{who}刚评论了这条记录", live_you: "你在别处改了这条记录", live_gone: "这条记录已被删除，或不再给你看", live_engine: "系统", live_look: "查看",
    live_n: "{n} 条有更新", live_refresh: "刷新",
  },
  en: {
    live_changed: "{who} has just changed this record", live_said: "{who} has just commented", live_you: "You changed this record elsewhere",
    live_gone: "This record is gone, or no longer yours to see", live_engine: "The system", live_look: "Show", live_n: "{n} updated",
    live_refresh: "Refresh",
  },
});

const [, form, id, rest] = location.pathname.match(/^\/f\/([^/]+)(?:\/(\d+))?(\/edit)?$/) ?? [];
const record = id ? Number(id) : null;
const OFTEN = 1500;

let since = document.body.dataset.live;
let source = null;
let over = false;
let unseen = new Map();
let running = false;
let again = false;

// -- the connection ---------------------------------------------------------------------------------------------------

function connect() {
  if (source || over || document.hidden) return;
  const asked = new URLSearchParams({ since });
  if (record) { asked.set("form", form); asked.set("record", id); }
  source = new EventSource(`/live?${asked}`);
  source.addEventListener("open", () => stopAsking(true));
  source.addEventListener("news", (event) => { since = event.lastEventId || since; heard(JSON.parse(event.data)); });
  source.addEventListener("end", (event) => { if (JSON.parse(event.data).why !== "stopped") { over = true; disconnect(); } });
  source.addEventListener("error", () => {
    stopAsking(false);
    if (source?.readyState !== EventSource.CLOSED) return; // it comes back by itself
    source = null;
    setTimeout(connect, 30000);
  });
}

/** A hidden page needs no connection: browsers allow six to one server, and what happens meanwhile is told later. */
function disconnect() {
  stopAsking(false);
  source?.close();
  source = null;
}

// -- what was heard ---------------------------------------------------------------------------------------------------

function heard(news) {
  showCounts(news.counts);
  document.dispatchEvent(new CustomEvent("fl:live", { detail: news }));
  if (record && rest) return beside(news);
  if (record) return onRecord(news);
  if (form && document.querySelector("#list:not(.fl-list--board)")) return onList(news);
  if (["/", "/tasks", "/notices"].includes(location.pathname) && (news.missed || news.changes.length)) later(quietly);
}

function onRecord(news) {
  const mine = news.changes.filter((change) => change.form === form && change.record === record);
  if (mine.some((change) => change.kind === "gone" || change.kind === "delete")) return bar(say("live_gone"));
  const others = news.missed || news.changes.some((change) => change.form !== form); // related lists
  if (mine.length) unseen.set(id, mine.at(-1));
  if (mine.length || others) later(quietly);
}

/** The record is being edited: only say so. Saving shows both versions side by side. */
function beside(news) {
  const mine = news.changes.find((change) => change.form === form && change.record === record && change.kind !== "comment");
  if (!mine) return;
  if (mine.kind === "gone" || mine.kind === "delete") return bar(say("live_gone"));
  const version = Number(document.querySelector("#fl-form input[name=version]")?.value);
  if (mine.version > version) bar(words(mine), say("live_look"), () => window.open(location.pathname.replace(/\/edit$/, ""), "_blank", "noopener"));
}

function onList(news) {
  for (const change of news.changes) if (change.form === form) unseen.set(String(change.record), change);
  if (news.missed && !unseen.size) unseen.set("?", { who: "", mine: false });
  if (unseen.size) later(quietly);
}

const words = (change) => say(change.mine ? "live_you" : change.kind === "comment" ? "live_said" : "live_changed", { who: change.who || say("live_engine") });

// -- showing it -------------------------------------------------------------------------------------------------------

/** One at a time, and not too often. */
function later(act) {
  if (running) { again = true; return; }
  running = true;
  act().catch(() => {}).finally(() => setTimeout(() => {
    running = false;
    if (again) { again = false; later(act); }
  }, OFTEN));
}

/** Somebody has a dialog or menu open, marks text, has ticked rows, or types in what would be replaced. */
function busy() {
  const main = document.getElementById("main");
  const at = document.activeElement;
  const marked = getSelection();
  return Boolean(
    document.querySelector("dialog[open], #main details[open], #list .fl-tick input:checked")
    || (main.contains(at) && typing(at) && !at.closest("form.fl-comment, [role=search]"))
    || (marked && !marked.isCollapsed && main.contains(marked.anchorNode)),
  );
}

async function fresh(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** Show what is new, unless that would disturb: then the bar offers it. */
async function quietly() {
  if (busy()) return offer();
  const there = document.querySelector("#tasks .fl-tab[aria-current]")?.href ?? location.href;
  const page = await fresh(there);
  if (busy()) return offer();
  if (record) return showRecord(page);
  if (form) return showList(page, false);
  put(document.getElementById("main"), page.getElementById("main"));
}

function offer() {
  if (!form || !unseen.size) return;
  if (record) bar(words(unseen.get(id)), say("live_look"), () => show());
  else bar(say("live_n", { n: unseen.size }), say("live_refresh"), () => show());
}

/** What was asked for by a press is shown in any case. */
async function show() {
  const page = await fresh(location.href).catch(() => null);
  if (!page) { location.reload(); return; }
  if (record) await showRecord(page);
  else showList(page, true);
}

/** The record and its activity; the filter and length of the latter stay as they were chosen. */
async function showRecord(page) {
  const part = document.getElementById("activity");
  const chosen = part?.querySelector(".fl-segment[aria-current]")?.getAttribute("href") ?? "";
  const filter = new URLSearchParams(chosen.split("?")[1] ?? "").get("show") ?? "";
  const wanted = page.getElementById("activity");
  if (part && wanted) {
    const long = !part.querySelector("a[href*='all=1']") && part.querySelectorAll(".fl-event").length > wanted.querySelectorAll(".fl-event").length;
    if (filter || long) {
      const asked = new URLSearchParams({ show: filter, ...(long ? { all: "1" } : {}) });
      const answer = await fetch(`${location.pathname}/history?${asked}`, { headers: { "HX-Request": "true" } });
      if (answer.ok) wanted.innerHTML = await answer.text();
    }
  }
  put(document.getElementById("main"), page.getElementById("main"));
  const title = page.querySelector(".fl-header-title");
  if (title) morph(document.querySelector(".fl-header-title"), title);
  seen();
}

const rowsOf = (root) => [...root.querySelectorAll("tr[data-href]")].map((row) => row.dataset.href).join(" ");

/** How far down the list is read, by the window or within its own box. */
const readAt = (list) => Math.max(scrollY, list.querySelector(".fl-table-box")?.scrollTop ?? 0);

/** Rows that changed are changed in place. Rows that come, go or move do so only where nobody looks or points. */
function showList(page, wanted) {
  const list = document.getElementById("list");
  const next = page.getElementById("list");
  if (!list || !next) return;
  const still = rowsOf(list) === rowsOf(next);
  const idle = !list.matches(":hover") && !list.contains(document.activeElement) && readAt(list) < 100 && !document.querySelector(".fl-row--at");
  const views = page.getElementById("views");
  if (views?.hasAttribute("hx-get")) htmx.ajax("GET", views.getAttribute("hx-get"), { target: "#views", swap: "outerHTML" });
  else if (views) morph(document.getElementById("views"), views);
  if (!still && !idle && !wanted) { offer(); return; }
  put(list, next);
  seen();
}

/** Change what differs, keep the place that is read or typed into, show for a moment what changed. */
function put(now, want) {
  if (!now || !want) return;
  const at = document.activeElement;
  const typed = typing(at) && now.contains(at);
  const anchor = typed ? at : document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  const before = anchor?.getBoundingClientRect().top;
  now.querySelector(":scope > .fl-held")?.remove();
  const changed = morph(now, want);
  const box = anchor?.closest(".fl-table-box");
  const scroller = box?.scrollTop > 0 ? box : document.scrollingElement;
  const moved = () => anchor.getBoundingClientRect().top - before;
  if (anchor?.isConnected && (typed || scroller.scrollTop > 0)) scroller.scrollTop += moved();
  if (typed && anchor.isConnected && moved() < 0) hold(now, at, -moved());
  if (at !== document.body && !at.isConnected) refocus(at);
  for (const element of changed) {
    const shown = element.closest("tr, .fl-event, .fl-task, .fl-notice, dd") ?? null;
    shown?.classList.add("fl-fresh");
    shown?.addEventListener("animationend", () => shown.classList.remove("fl-fresh"), { once: true });
  }
  htmx.process(now);
  document.body.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: now } }));
}

/** The page is already at its top: where something went, a note takes its room, until a press after the typing is over. */
function hold(main, at, room) {
  const change = unseen.get(id);
  const note = make("p", { class: "fl-held" }, icon("refresh"), change ? words(change) : "");
  note.style.height = `${room}px`;
  main.prepend(note);
  at.addEventListener("blur", () => addEventListener("click", () => note.remove(), { once: true }), { once: true });
}

/** What had the focus was replaced: what does the same has it now. */
function refocus(old) {
  const href = old.getAttribute("href");
  const twin = [...document.querySelectorAll(old.tagName)].find((one) => (href ? one.getAttribute("href") === href : one.textContent === old.textContent && one.name === old.name));
  (twin ?? document.getElementById("main")).focus({ preventScroll: true });
}

// -- the bar ----------------------------------------------------------------------------------------------------------

const box = make("div", { class: "fl-live", role: "status", "aria-live": "polite" });

function bar(text, press, act) {
  if (box.textContent.startsWith(text)) return;
  const button = press ? make("button", { type: "button", class: "fl-link-btn" }, press) : null;
  button?.addEventListener("click", () => { seen(); act(); });
  const close = make("button", { type: "button", class: "fl-tool fl-tool--small", "aria-label": say("close") }, icon("x"));
  close.addEventListener("click", () => box.replaceChildren());
  box.replaceChildren(icon("refresh"), make("span", {}, text), button ?? "", close);
}

function seen() {
  unseen = new Map();
  box.replaceChildren();
}

export function startLive() {
  if (!since || !window.EventSource) return;
  document.body.append(box);
  connect();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) disconnect();
    else { over = false; connect(); }
  });
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);
}
