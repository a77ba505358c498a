// What somebody wrote lately, beneath where they write: a press adds it, to be edited.
import "../app.js";
import { changed } from "../page.js";

export function enhance(box) {
  const opinion = box.parentElement.querySelector("textarea");
  box.addEventListener("click", ({ target }) => {
    const phrase = target.closest("button");
    if (!phrase) return;
    opinion.value = [opinion.value.trim(), phrase.textContent].filter(Boolean).join(" ");
    changed(opinion);
    opinion.focus();
  });
}
