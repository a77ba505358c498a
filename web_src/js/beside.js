// On a record that was opened from a list: which one of how many it is, and the records before and after it.
import "./app.js";
import { icon, make } from "./page.js";

const [, form] = location.pathname.match(/^\/f\/([^/]+)\/\d+$/);
const question = sessionStorage.getItem(`fl-from:${form}`);

function step(href, picture, words, key, rel) {
  if (!href) return make("span", { class: "fl-tool", "aria-disabled": "true" }, icon(picture));
  return make("a", { class: "fl-tool", href, rel, "aria-label": words, title: `${words} ${key}` }, icon(picture));
}

/** Ask where the record stands; a record that isn't in that list has no place. */
export async function place() {
  const answer = question === null ? null : await fetch(`${location.pathname}/beside${question}`, { headers: { Accept: "application/json" } }).catch(() => null);
  const title = document.querySelector(".fl-header-title");
  if (!answer?.ok || !title) return;
  const found = await answer.json();
  if (!found.at) return;
  for (const link of document.querySelectorAll(".fl-header-back, .fl-header-title > .fl-crumb")) link.href = found.list;
  document.querySelector(".fl-beside")?.remove();
  title.after(make("nav", { class: "fl-beside", "aria-label": found.words },
    step(found.before, "chevron-left", found.previous, "[", "prev"),
    make("span", { class: "fl-note" }, found.words),
    step(found.after, "chevron-right", found.next, "]", "next")));
}
