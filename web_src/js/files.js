// Files on their way up: each has a tile with its progress; their ids travel with the form.
import "./app.js";
import { icon, make } from "./page.js";
import { toast } from "./overlays.js";
import { learn, say } from "./texts.js";

learn({
  zh: {
    uploading: "正在上传", uploaded: "已上传", too_many_files: "最多 {n} 个文件，其余的没有加上", too_large: "{size}，超过 {max}", upload_left: "剩约 {n} 秒",
    retry_upload: "重传",
  },
  en: {
    uploading: "Uploading", uploaded: "uploaded", too_many_files: "At most {n} files; the others were not added", too_large: "{size}, over {max}",
    upload_left: "about {n} s left", retry_upload: "Try again",
  },
});

/** 2202009 -> "2.1 MB". */
function bytes(size) {
  if (size < 1024) return `${size} B`;
  return size < 1048576 ? `${Math.round(size / 1024)} KB` : `${(size / 1048576).toFixed(1)} MB`;
}

function tile(name, picture) {
  const words = make("span", { class: "fl-tile-words" }, make("b", {}, name));
  const front = make("span", { class: "fl-tile-front" }, icon(picture ? "photo" : "file"));
  const drop = make("button", { class: "fl-tile-remove", type: "button", "aria-label": say("remove", { name }) }, icon("x"));
  return { box: make("div", { class: "fl-tile" }, front, words, drop), words, front };
}

/** The file isn't taken; again: what sends it once more, where that may help. */
function refuse(made, why, again = null) {
  made.box.classList.add("fl-tile--bad");
  made.words.querySelectorAll("small, progress").forEach((old) => old.remove());
  made.words.append(make("small", { role: "alert" }, why));
  if (!again) return;
  const button = make("button", { type: "button", class: "fl-link-btn" }, say("retry_upload"));
  button.addEventListener("click", () => { made.box.remove(); again(); });
  made.words.append(button);
}

/** Send one file up; its tile in `area` shows how it goes and holds its id. */
export function upload(area, file) {
  const made = tile(file.name, file.type.startsWith("image/"));
  area.append(made.box);
  const most = Number(area.dataset.maxSize || 0);
  if (most && file.size > most) { refuse(made, say("too_large", { size: bytes(file.size), max: bytes(most) })); return; }
  const bar = make("progress", { class: "fl-progress", max: 100, value: 0, "aria-label": say("uploading") });
  const note = make("small", {}, "0%");
  made.words.append(bar, note);
  const begun = performance.now();
  const request = new XMLHttpRequest();
  made.box.flRequest = request;
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = Math.round((event.loaded / event.total) * 100);
    const left = Math.ceil(((performance.now() - begun) / 1000) * (event.total / event.loaded - 1));
    note.textContent = left > 1 ? `${bar.value}% · ${say("upload_left", { n: left })}` : `${bar.value}%`;
  });
  request.addEventListener("loadend", () => {
    if (made.box.isConnected) finish(area, made, file, request);
  });
  const body = new FormData();
  body.append("accept", area.dataset.accept);
  body.append("file", file);
  request.open("POST", area.dataset.upload);
  request.setRequestHeader("Accept", "application/json");
  request.send(body);
}

function finish(area, made, file, request) {
  let answer = {};
  try { answer = JSON.parse(request.responseText); } catch { /* a proxy's page: said below */ }
  if (request.status < 200 || request.status > 299 || !answer.id) {
    const passing = request.status === 0 || request.status > 499; // the network or the server, not the file
    refuse(made, answer.detail || answer.title || say("upload_failed"), passing ? () => upload(area, file) : null);
    return;
  }
  made.words.querySelectorAll("small, progress").forEach((old) => old.remove());
  made.words.append(make("small", {}, `${bytes(answer.size ?? file.size)} · ${say("uploaded")}`));
  if (file.type.startsWith("image/") && answer.url) made.front.replaceChildren(make("img", { src: `${answer.url}?thumb`, alt: "" }));
  made.box.dataset.file = answer.id;
  made.box.append(make("input", { type: "hidden", name: area.dataset.name, value: answer.id }));
  area.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Send up as many of these files as `area` still takes. */
export function take(area, files) {
  const { multiple } = area.querySelector("input[type=file]");
  const most = multiple ? Number(area.dataset.maxFiles || Infinity) : 1;
  if (!multiple) area.querySelectorAll(".fl-tile").forEach((old) => old.remove());
  const chosen = files.slice(0, Math.max(0, most - area.querySelectorAll(".fl-tile:not(.fl-tile--bad)").length));
  if (chosen.length < files.length) toast({ text: say("too_many_files", { n: most }), kind: "info" });
  for (const file of chosen) upload(area, file);
}
