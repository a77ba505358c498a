// Sections as tabs, one of which shows at a time: pressed, reached by arrow keys, opened where something is wrong. Without
// scripts all of them stand one below the other.
import { on } from "./page.js";

const tabsOf = (box) => [...box.querySelectorAll(":scope > [role=tablist] > [role=tab]")];
const paneOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));

/** Show the pane of that tab alone. */
function open(box, tab) {
  box.flOpen = tab.id;
  for (const one of tabsOf(box)) {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
    paneOf(one).classList.toggle("fl-pane--open", one === tab);
  }
  const [at, list] = [tab, tab.parentElement].map((one) => one.getBoundingClientRect());
  tab.parentElement.scrollLeft += Math.min(0, at.left - list.left) || Math.max(0, at.right - list.right); // the page stays where it is
}

/** Open the pane in which an element stands, if it stands in one. */
export function openAround(element) {
  const pane = element?.closest("[role=tabpanel]");
  const box = pane?.closest("[data-panes]");
  if (box && !pane.classList.contains("fl-pane--open")) open(box, document.getElementById(`${pane.id}-tab`));
}

/** A tab of which nothing is shown goes; if it was open, the next one opens. */
export function sortPanes(form) {
  for (const box of form.querySelectorAll("[data-panes]")) {
    for (const tab of tabsOf(box)) tab.hidden = [...paneOf(tab).querySelectorAll(":scope > .fl-card")].every((card) => card.hidden);
    const seen = tabsOf(box).filter((tab) => !tab.hidden);
    if (seen.length && !seen.some((tab) => tab.id === box.flOpen)) open(box, seen[0]);
  }
}

/** Each tab says how many of these elements stand in it: `words` tells a number. */
export function markPanes(form, wrong, words) {
  for (const box of form.querySelectorAll("[data-panes]")) {
    for (const tab of tabsOf(box)) {
      const n = wrong.filter((element) => paneOf(tab).contains(element)).length;
      const mark = tab.querySelector(".fl-tab-bad");
      mark.hidden = n === 0;
      mark.querySelector("span").textContent = n ? words(n) : "";
    }
  }
}

/** Take over from the page as it came; again after it was refreshed, which keeps what is open. */
export function enhancePanes(root) {
  for (const box of root.querySelectorAll("[data-panes]")) {
    box.classList.add("fl-panes--live");
    const tabs = tabsOf(box).filter((tab) => !tab.hidden);
    const named = tabs.find((tab) => (box.flOpen ? tab.id === box.flOpen : tab.hash === location.hash));
    const tab = named ?? tabs.find((one) => one.getAttribute("aria-selected") === "true") ?? tabs[0];
    if (tab) open(box, tab);
  }
}

const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

/** Listen once for the whole life of the page. */
export function startPanes() {
  on("click", "[data-panes] > [role=tablist] > [role=tab]", (event, tab) => {
    event.preventDefault();
    open(tab.closest("[data-panes]"), tab);
  });
  on("keydown", "[data-panes] > [role=tablist] > [role=tab]", (event, tab) => {
    const step = STEPS[event.key];
    if (event.key === " ") tab.click();
    else if (!step) return;
    event.preventDefault();
    if (!step) return;
    const box = tab.closest("[data-panes]");
    const tabs = tabsOf(box).filter((one) => !one.hidden);
    const n = tabs.length;
    const at = Number.isFinite(step) ? (tabs.indexOf(tab) + step + n) % n : step > 0 ? n - 1 : 0;
    open(box, tabs[at]);
    tabs[at].focus();
  });
}
