// A place: typed as degrees, or where the device says it is.
import "../app.js";
import { toast } from "../overlays.js";
import { changed, icon, make } from "../page.js";

export function enhance(box, words) {
  const line = box.querySelector("input");
  if (line.readOnly || !navigator.geolocation) return;
  const button = make("button", { type: "button", class: "fl-btn fl-btn--icon", "aria-label": words.use, title: words.use }, icon("current-location"));
  button.addEventListener("click", () => {
    button.classList.add("fl-btn--busy");
    const done = () => button.classList.remove("fl-btn--busy");
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      done();
      line.value = `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`;
      changed(line);
    }, () => { done(); toast({ text: words.refused, kind: "bad" }); }, { enableHighAccuracy: true, timeout: 15000 });
  });
  box.append(button);
}
