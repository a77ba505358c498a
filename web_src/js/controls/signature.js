// A signature: a pad in a dialog, or a typed name; what comes of it goes up like any other file.
import "../app.js";
import SignaturePad from "signature_pad";
import { freshId, icon, isPhone, make } from "../page.js";

const INK = "#182127"; // dark on white in both themes: the picture is kept and printed

export function enhance(box, words, { upload }) {
  const area = box.querySelector("[data-upload]");
  area.querySelector(".fl-upload-add")?.remove();
  if (!area.querySelector(`input[type=hidden][value=""]`)) return; // closed
  const button = make("button", { type: "button", class: "fl-btn fl-sign-open", id: area.id ? `${area.id}-open` : null }, icon("signature"), words.sign);
  button.addEventListener("click", () => open(area, words, button, upload));
  area.prepend(button);
  const show = () => { button.hidden = area.querySelector(".fl-tile:not(.fl-tile--bad)") !== null; };
  new MutationObserver(show).observe(area, { childList: true });
  show();
}

function open(area, words, back, upload) {
  const canvas = make("canvas", { class: "fl-sign-pad", "aria-label": words.draw, role: "img" });
  const name = make("input", { class: "fl-input", id: freshId("sign"), autocomplete: "name", maxlength: 40 });
  const problem = make("p", { class: "fl-error", role: "alert", hidden: true }, icon("alert-circle"), words.empty);
  const clear = make("button", { type: "button", class: "fl-btn fl-btn--ghost" }, words.clear);
  const cancel = make("button", { type: "button", class: "fl-btn" }, words.cancel);
  const done = make("button", { type: "button", class: "fl-btn fl-btn--primary" }, words.done);
  const title = freshId("sign");
  const dialog = make("dialog", { class: "fl-dialog", "aria-labelledby": title },
    make("header", { class: "fl-dialog-head" }, make("h2", { id: title }, words.title)),
    make("div", { class: "fl-dialog-body" },
      make("div", { class: "fl-sign-area" }, canvas, make("span", { class: "fl-sign-line", "aria-hidden": "true" }, words.draw)),
      make("div", {}, make("label", { class: "fl-label", for: name.id }, words.type), name), problem),
    make("footer", { class: "fl-dialog-foot" }, clear, make("span", { class: "fl-spread" }), cancel, done));
  document.body.append(dialog);
  dialog.showModal();
  if (isPhone()) clear.focus(); // a keyboard for the typed name would lie over the pad
  const ratio = Math.max(devicePixelRatio, 2);
  canvas.width = canvas.offsetWidth * ratio;
  canvas.height = canvas.offsetHeight * ratio;
  canvas.getContext("2d").scale(ratio, ratio);
  const pad = new SignaturePad(canvas, { penColor: INK, backgroundColor: "#fff", minWidth: 0.8, maxWidth: 2.6 });
  const drawn = () => dialog.classList.toggle("fl-sign--drawn", !pad.isEmpty() || name.value.trim() !== "");
  pad.addEventListener("beginStroke", () => { if (name.value) { name.value = ""; pad.clear(); } });
  pad.addEventListener("endStroke", drawn);
  name.addEventListener("input", () => { write(pad, canvas, ratio, name.value.trim()); drawn(); });
  name.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); done.click(); } });
  clear.addEventListener("click", () => { pad.clear(); name.value = ""; drawn(); });
  cancel.addEventListener("click", () => dialog.close());
  done.addEventListener("click", () => {
    if (pad.isEmpty() && !name.value.trim()) { problem.hidden = false; return; }
    canvas.toBlob((made) => { upload(area, new File([made], `${words.file}.png`, { type: "image/png" })); dialog.close(); }, "image/png");
  });
  dialog.addEventListener("close", () => { pad.off(); dialog.remove(); (back.hidden ? area.querySelector("button:not([hidden])") : back)?.focus(); });
}

/** Put a typed name on the pad, as large as it fits. */
function write(pad, canvas, ratio, name) {
  pad.clear();
  const ink = canvas.getContext("2d");
  const [width, height] = [canvas.width / ratio, canvas.height / ratio];
  let size = height * 0.5;
  const font = () => { ink.font = `italic ${size}px "Segoe Script", "Snell Roundhand", "STXingkai", "KaiTi", cursive`; };
  font();
  while (size > 14 && ink.measureText(name).width > width * 0.86) { size -= 2; font(); }
  ink.fillStyle = INK;
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  ink.fillText(name, width / 2, height / 2);
}
