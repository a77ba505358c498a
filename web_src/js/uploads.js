// Uploads: chosen, dropped, pasted or photographed files go up at once. The script that sends them comes with the first.
import { toast } from "./overlays.js";
import { on } from "./page.js";
import { say } from "./texts.js";

/** Whether any file is still going up. */
export const uploading = () => document.querySelector("[data-upload] progress, [data-upload][aria-busy]") !== null;

/** Do something with the script that sends files; `area` is busy until it is here. */
async function withFiles(area, act) {
  area.setAttribute("aria-busy", "true");
  const files = await import("./files.js").catch(() => null);
  area.removeAttribute("aria-busy");
  if (files) act(files);
  else toast({ text: say("upload_failed"), kind: "bad" });
}

/** Send one file up into `area`. */
export const upload = (area, file) => withFiles(area, (files) => files.upload(area, file));

function take(area, given) {
  const chosen = [...given];
  if (chosen.length) withFiles(area, (files) => files.take(area, chosen));
}

export function enhanceUpload(area) {
  const input = area.querySelector("input[type=file]");
  if (!input || area.closest("template")) return;
  for (const drop of area.querySelectorAll(".fl-tile-remove")) drop.type = "button";
  input.removeAttribute("name"); // with scripts the files travel by themselves, not with the form
  const over = (event, yes) => { event.preventDefault(); area.classList.toggle("fl-upload--over", yes); };
  const chosen = () => { take(area, input.files); input.value = ""; };
  if (input.files.length) chosen(); // before this script was here
  input.addEventListener("change", (event) => { event.stopPropagation(); chosen(); });
  for (const type of ["dragenter", "dragover"]) area.addEventListener(type, (event) => { if (event.dataTransfer?.types.includes("Files")) over(event, true); });
  area.addEventListener("dragleave", () => area.classList.remove("fl-upload--over"));
  area.addEventListener("drop", (event) => { over(event, false); take(area, event.dataTransfer.files); });
  area.addEventListener("paste", (event) => { if (event.clipboardData?.files.length) { event.preventDefault(); take(area, event.clipboardData.files); } });
}

on("click", "[data-upload] .fl-tile-remove", (event, button) => {
  const area = button.closest("[data-upload]");
  const box = button.closest(".fl-tile");
  box.flRequest?.abort();
  box.remove();
  area.querySelector("input[type=file]")?.focus();
  area.dispatchEvent(new Event("change", { bubbles: true }));
});
