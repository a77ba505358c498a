// A colour: the line to type in, with the browser's palette as a swatch before it.
import "../app.js";
import { changed, make } from "../page.js";

const WHOLE = /^#[0-9a-f]{6}$/i;

export function enhance(box, words) {
  const line = box.querySelector("input");
  const palette = make("input", { type: "color", class: "fl-palette", "aria-label": words.pick, title: words.pick, "data-no-model": true, disabled: line.readOnly });
  const show = () => {
    const known = WHOLE.test(line.value.trim());
    palette.classList.toggle("fl-palette--none", !known);
    if (known) palette.value = line.value.trim();
  };
  for (const type of ["input", "change", "fl:filled"]) line.addEventListener(type, show);
  palette.addEventListener("input", (event) => {
    event.stopPropagation();
    line.value = palette.value;
    changed(line);
  });
  box.prepend(palette);
  show();
}
