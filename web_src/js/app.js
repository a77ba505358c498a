// Every page: htmx under a strict policy, theme, frame, overlays, lists, pressed buttons, live counts. Heavier parts
// (form, dashboard) come when the page has something for them.
import htmx from "htmx.org";
import { startCounts } from "./counts.js";
import { jump, showKeys, startKeys } from "./keys.js";
import { enhanceLists, startLists } from "./lists.js";
import { openArrived, readToasts, startOverlays, toast } from "./overlays.js";
import { each, icon, make, on } from "./page.js";
import { enhancePanes, startPanes } from "./panes.js";
import { startRecord } from "./record.js";
import { say } from "./texts.js";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.attributesToSettle = []; // it would copy style attributes, which the policy forbids
htmx.config.historyCacheSize = 0; // records are personal: nothing of them stays in the browser's storage
htmx.config.refreshOnHistoryMiss = true;
htmx.config.responseHandling = [{ code: "204", swap: false }, { code: "[23]..", swap: true }, { code: "4(09|22)", swap: true }, { code: "...", swap: false, error: true }];

/** Make everything under `root` live; safe to call again after each swap. */
function enhance(root) {
  enhanceLists(root);
  openArrived(root);
  readToasts(root);
  enhancePanes(root);
  if (root.querySelector("#fl-form, .fl-task-form, [data-picker], [data-upload], [data-lines], [data-control]")) import("./form.js").then((form) => form.enhance(root));
  if (root.matches?.("[data-board]") || root.querySelector("[data-board]")) import("./board.js").then((board) => board.enhance(root));
  if (root.matches?.("[data-tree]") || root.querySelector("[data-tree]")) import("./tree.js").then((tree) => tree.enhance(root));
  if (root.matches?.("[data-map]") || root.querySelector("[data-map]")) import("./map.js").then((map) => map.enhance(root));
  if (root.querySelector("[data-graph]")) import("./flow.js").then((flow) => flow.enhance(root));
  if (root.querySelector("[data-chart], [data-table-toggle]")) import("./dashboard.js").then((charts) => charts.enhance(root));
}

/** A chosen file is named beside its button. */
function startPicked() {
  on("change", "input[data-pick-file]", (event) => {
    const name = event.target.closest("label").querySelector("[data-picked]");
    name.textContent = event.target.files[0]?.name ?? "";
  });
}

/** Who may be named is asked where somebody writes. */
function startMentions() {
  on("focusin", "input[data-mention]", (event, input) => import("./mentions.js").then((mentions) => mentions.enhance(input)));
}

/** Theme and density change at once; for another language the page comes again. */
function startLooks() {
  on("submit", "form[data-looks]", (event, form) => {
    const button = event.submitter;
    if (!button || button.name === "language") return;
    event.preventDefault();
    import("./looks.js").then((looks) => looks.change(form, button));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("fl:theme")));
}

function startFrame() {
  const sidebar = document.getElementById("fl-sidebar");
  if (sidebar) {
    const veil = document.createElement("div");
    veil.className = "fl-veil";
    sidebar.after(veil);
    const show = (open) => {
      sidebar.classList.toggle("fl-sidebar--open", open);
      document.querySelectorAll("[data-sidebar-toggle]").forEach((button) => button.setAttribute("aria-expanded", String(open)));
      if (open) sidebar.querySelector("[aria-current], a")?.focus();
    };
    on("click", "[data-sidebar-toggle]", (event) => { event.preventDefault(); show(!sidebar.classList.contains("fl-sidebar--open")); });
    on("keydown", "[data-sidebar-toggle]", (event, toggle) => { if (event.key === " ") { event.preventDefault(); toggle.click(); } });
    veil.addEventListener("click", () => show(false));
    on("keydown", ".fl-nav-link", (event, link) => {
      const links = [...sidebar.querySelectorAll(".fl-nav-link")];
      const at = links.indexOf(link);
      const to = links[{ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key]];
      if (to) { event.preventDefault(); to.focus(); }
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && sidebar.classList.contains("fl-sidebar--open")) { event.stopImmediatePropagation(); show(false); } });
  }
  on("click", "[data-search-toggle]", () => {
    document.querySelector(".fl-header")?.classList.toggle("fl-header--search");
    document.querySelector("[data-search]")?.focus();
  });
  on("click", "[data-keys]", (event) => { event.preventDefault(); showKeys(); });
  on("click", "[data-reveal]", (event, button) => {
    const input = document.getElementById(button.dataset.reveal);
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
  on("click", "[data-copy]", async (event, button) => {
    await navigator.clipboard?.writeText(button.dataset.copy);
    toast({ text: say("copied") });
  });
  on("click", "[data-popover]", (event, button) => {
    const box = document.getElementById(`fl-popover-${button.dataset.popover}`);
    if (!box || innerWidth < 768) return;
    event.preventDefault();
    box.hidden = !box.hidden;
  });
  document.addEventListener("click", (event) => {
    for (const box of document.querySelectorAll(".fl-popover:not([hidden])")) if (!box.contains(event.target) && !event.target.closest("[data-popover]")) box.hidden = true;
  });
}

/** Where the frame asks for words, the list of what fits opens at once. */
function startJumping() {
  on("mousedown", ".fl-jump, a[data-jump]", (event) => event.preventDefault()); // the focus goes to the list and back
  on("click", ".fl-jump, a[data-jump]", (event) => { event.preventDefault(); jump(); });
  on("input", ".fl-jump input", (event, input) => { if (!event.isComposing) jump(input); });
  on("compositionend", ".fl-jump input", (event, input) => jump(input));
}

/** A form is sent once: a second press is refused, and after 300 ms the pressed button turns. */
function startPressing() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.hasAttribute("hx-get") || form.method === "get" || "plain" in (event.submitter?.dataset ?? {})) return;
    if (form.flSent) { event.preventDefault(); return; }
    form.flSent = true;
    const button = event.submitter;
    const timer = setTimeout(() => button?.classList.add("fl-btn--busy"), 300);
    const again = () => { form.flSent = false; clearTimeout(timer); button?.classList.remove("fl-btn--busy"); };
    addEventListener("pageshow", again, { once: true });
    form.addEventListener("htmx:afterRequest", again, { once: true });
    setTimeout(again, 15000);
  });
}

/** Ask again for what didn't come: a form is sent as it stands now, a part that was to fill itself is asked for. */
function askAgain(element, path) {
  if (!element.isConnected) location.reload();
  else if (element.matches("form")) element.requestSubmit();
  else if (element.matches("[hx-trigger]")) htmx.ajax("GET", path, { source: element, target: element, swap: element.getAttribute("hx-swap") ?? "innerHTML" });
  else element.click();
}

/** What htmx asked for failed: the page stays as it is, says so, and offers to try again. A part that fills itself says it
 * in its own place: a dashboard may have twelve of them. */
function startFailing() {
  const failed = (words) => ({ detail }) => {
    const { elt, pathInfo } = detail;
    const act = () => askAgain(elt, pathInfo.requestPath);
    if (!elt.matches("[hx-trigger]")) { toast({ text: say(words), kind: "bad", action: { text: say("retry"), act } }); return; }
    const again = make("button", { type: "button", class: "fl-btn fl-btn--small" }, icon("refresh"), say("retry"));
    again.addEventListener("click", act);
    elt.removeAttribute("aria-busy");
    elt.querySelectorAll(".fl-chart--loading, .fl-skeleton, .fl-failed").forEach((part) => part.remove());
    elt.append(make("p", { class: "fl-failed", role: "status" }, icon("alert-triangle"), say(words), again));
  };
  document.body.addEventListener("htmx:responseError", failed("failed"));
  document.body.addEventListener("htmx:sendError", failed("offline"));
}

/** Once the page is up and quiet: whoever only passes through opens no connection. */
function startNews() {
  if (document.body.dataset.live) setTimeout(() => import("./live.js").then((live) => live.startLive(), () => addEventListener("online", startNews, { once: true })), 800);
}

/** A draft that was sent and accepted is forgotten: the next page isn't its form any more. */
function forgetSentDraft() {
  const sent = sessionStorage.getItem("fl-sent");
  if (!sent || document.querySelector("#fl-form #fl-errors, #fl-form [aria-invalid=true], #fl-form .fl-warning, dialog[data-open]")) return;
  sessionStorage.removeItem("fl-sent");
  localStorage.removeItem(sent);
}

startOverlays();
startLists();
startLooks();
startFrame();
startJumping();
startKeys();
startPressing();
startPicked();
startMentions();
startCounts();
startRecord();
startPanes();
startNews();
forgetSentDraft();
enhance(document.body);
document.body.addEventListener("htmx:load", (event) => enhance(event.detail.elt));
startFailing();
