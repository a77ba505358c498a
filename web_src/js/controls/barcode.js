// A code: typed, or read by the camera where the browser can do that (BarcodeDetector; Chrome on Android, Safari later).
import "../app.js";
import { toast } from "../overlays.js";
import { changed, icon, make } from "../page.js";

const FORMATS = { qr: "qr_code", code128: "code_128", ean13: "ean_13" };

export async function enhance(box, words) {
  const line = box.querySelector("input");
  if (line.readOnly || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!known.includes(FORMATS[line.dataset.code])) return;
  const button = make("button", { type: "button", class: "fl-btn fl-btn--icon", "aria-label": words.scan, title: words.scan }, icon(line.dataset.code === "qr" ? "qrcode" : "barcode"));
  button.addEventListener("click", () => scan(line, words));
  box.append(button);
}

/** Show the camera until it sees a code or the person closes it. */
async function scan(line, words) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
  if (!stream) { toast({ text: words.closed, kind: "bad" }); return; }
  const video = make("video", { playsinline: true, muted: true, autoplay: true, "aria-label": words.aim });
  const dialog = make("dialog", { class: "fl-dialog fl-scan" }, video, make("p", {}, words.aim), make("form", { method: "dialog" }, make("button", { class: "fl-btn" }, words.close)));
  const stop = () => { stream.getTracks().forEach((track) => track.stop()); dialog.remove(); line.focus(); };
  dialog.addEventListener("close", stop);
  document.body.append(dialog);
  dialog.showModal();
  video.srcObject = stream;
  const detector = new BarcodeDetector({ formats: [FORMATS[line.dataset.code]] });
  const look = async () => {
    if (!dialog.open) return;
    const [found] = await detector.detect(video).catch(() => []);
    if (!found) { setTimeout(look, 150); return; }
    line.value = found.rawValue;
    changed(line);
    dialog.close();
  };
  video.addEventListener("playing", look, { once: true });
}
