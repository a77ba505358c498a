// What was typed is never lost: a draft in this device's storage, and a question before leaving.
import { confirmed } from "./overlays.js";
import { icon, later, make } from "./page.js";
import { say } from "./texts.js";

const clock = (time) => new Date(time).toTimeString().slice(0, 5);

/** All typed pairs of a form, without files and without what the page itself brings along. */
function pairs(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !name.startsWith("_") && !["version", "base", "back", "confirm"].includes(name));
}

export class Drafts {
  /** user: whose draft it is; restore(pairs, labels) puts a draft back into the form. */
  constructor(form, user, restore) {
    this.form = form;
    this.key = form.dataset.draft ? `fl-draft:${user}:${form.dataset.draft}` : null;
    this.first = JSON.stringify(pairs(form));
    this.dirty = false;
    this.sent = false;
    this.keep = later(2000, () => this.save());
    this.offer(restore);
    addEventListener("beforeunload", (event) => { if (this.unsaved()) event.preventDefault(); });
    document.addEventListener("click", (event) => this.leaving(event), true);
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      this.save();
      this.sent = true;
      if (this.key) sessionStorage.setItem("fl-sent", this.key);
    });
    addEventListener("pageshow", () => { this.sent = false; });
  }

  unsaved() {
    return this.dirty && !this.sent;
  }

  /** Something was typed. */
  touch() {
    this.dirty = JSON.stringify(pairs(this.form)) !== this.first;
    if (this.key) this.keep();
  }

  /** What pickers show, so that a draft needn't ask for titles. */
  labels() {
    const chosen = [...this.form.querySelectorAll("[data-picker] select")].filter((select) => select.value);
    return Object.fromEntries(chosen.map((select) => [select.name, select.multiple ? [...select.selectedOptions].map((option) => option.text) : select.selectedOptions[0].text]));
  }

  save() {
    if (!this.key || !this.dirty) return;
    try {
      localStorage.setItem(this.key, JSON.stringify({ time: Date.now(), pairs: pairs(this.form), labels: this.labels() }));
    } catch { return; /* private mode or full: the page still holds everything */ }
    const note = this.form.querySelector("[data-draft-note]");
    note?.replaceChildren(icon("device-floppy"), say("draft_saved", { time: clock(Date.now()) }));
  }

  /** Show that there is a draft from an earlier time, if it differs from what the page shows. */
  offer(restore) {
    const found = this.key && localStorage.getItem(this.key);
    if (!found || this.form.querySelector("#fl-errors")) return;
    const draft = JSON.parse(found);
    if (Date.now() - draft.time > 30 * 86400000 || JSON.stringify(draft.pairs) === this.first) { localStorage.removeItem(this.key); return; }
    const use = make("button", { type: "button", class: "fl-btn fl-btn--small" }, say("draft_use"));
    const drop = make("button", { type: "button", class: "fl-link-btn" }, say("draft_drop"));
    const box = make("div", { class: "fl-banner fl-draft", role: "status" }, icon("history"), make("span", {}, say("draft_found", { time: `${new Date(draft.time).toLocaleDateString("sv")} ${clock(draft.time)}` })), use, drop);
    use.addEventListener("click", () => { box.remove(); restore(draft.pairs, draft.labels ?? {}); this.touch(); });
    drop.addEventListener("click", () => { box.remove(); localStorage.removeItem(this.key); });
    this.form.prepend(box);
  }

  leaving(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || !this.unsaved() || event.ctrlKey || event.metaKey || event.button || link.target || link.getAttribute("href").startsWith("#") || link.hasAttribute("download")) return;
    event.preventDefault();
    event.stopPropagation();
    confirmed({ title: say("leave_title"), text: say("leave_text"), yes: say("leave"), no: say("stay") }).then((sure) => {
      if (!sure) return;
      this.save();
      this.sent = true;
      location.assign(link.href);
    });
  }
}
