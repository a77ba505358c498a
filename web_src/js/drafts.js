// What was typed is never lost: a draft on the server two seconds after the last key, in this device's storage while the
// server can't be reached, and a question before leaving.
import { confirmed } from "./overlays.js";
import { icon, later, make } from "./page.js";
import { say } from "./texts.js";

const AGAIN = 15000; // ms after which the server is tried again

/** The time of day by the organisation's clock, as the server tells it too. */
const clock = (timeZone) => new Date().toLocaleTimeString("sv", { timeZone }).slice(0, 5);

/** All typed pairs of a form, without files and without what the page itself brings along. */
function pairs(form) {
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !name.startsWith("_") && !["version", "back", "confirm"].includes(name));
}

export class Drafts {
  /** rules: whose draft it is, and by which clock; found(draft) offers one that this device has: {time, pairs, labels}. */
  constructor(form, { user, zone }, found) {
    this.form = form;
    this.zone = zone;
    this.key = form.dataset.draft ? `fl-draft:${user?.id ?? ""}:${form.dataset.draft}` : null;
    this.url = form.dataset.draftUrl ?? null;
    this.waiting = document.querySelector("[data-server-draft]"); // an older one, neither taken up nor thrown away yet
    this.first = JSON.stringify(pairs(form));
    this.kept = null; // what the server has of this page
    this.dirty = false;
    this.sent = false;
    this.keep = later(2000, () => this.save());
    this.found = found;
    this.offer();
    this.waiting?.querySelector("[data-draft-drop]")?.addEventListener("submit", (event) => this.drop(event));
    addEventListener("online", () => this.save());
    addEventListener("beforeunload", (event) => { if (this.unsaved()) event.preventDefault(); });
    addEventListener("pagehide", () => { if (this.unsaved()) this.last(); });
    document.addEventListener("click", (event) => this.leaving(event), true);
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      this.keep.cancel();
      this.saveHere(false);
      this.sent = true;
      if (this.key) sessionStorage.setItem("fl-sent", this.key);
    });
    addEventListener("pageshow", () => { this.sent = false; });
    form.addEventListener("htmx:beforeRequest", (event) => { this.sent ||= event.target === form; }); // a dialog's
    form.addEventListener("htmx:afterRequest", (event) => { this.sent &&= event.detail.successful; });
  }

  unsaved() {
    if (this.form.closest("dialog:not([open])")) return false; // who closes a dialog has gone back
    return this.dirty && !this.sent && this.form.isConnected && JSON.stringify(pairs(this.form)) !== this.first;
  }

  /** Something was typed. What it comes to is looked at in the pause after it, not with every key. */
  touch() {
    this.dirty = true;
    if (this.key) this.keep();
  }

  /** What pickers show, so that a draft needn't ask for titles. */
  labels() {
    const chosen = [...this.form.querySelectorAll("[data-picker] select")].filter((select) => select.value);
    return Object.fromEntries(chosen.map((select) => [select.name, select.multiple ? [...select.selectedOptions].map((option) => option.text) : select.selectedOptions[0].text]));
  }

  /** The server keeps it, unless it still offers an older one, which must not be lost. */
  onServer() {
    return Boolean(this.url) && !this.waiting?.isConnected;
  }

  body() {
    return new URLSearchParams([...new FormData(this.form)].filter(([, value]) => typeof value === "string"));
  }

  async save() {
    if (!this.key || !this.dirty || this.sent || !this.form.isConnected) return;
    const now = JSON.stringify(pairs(this.form));
    if (now === this.first && !this.kept) { this.dirty = false; return; }
    if (now === this.kept) return;
    if (!this.onServer()) { this.saveHere(true); return; }
    const answer = await fetch(this.url, { method: "POST", body: this.body(), headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) { this.saveHere(true); setTimeout(() => this.save(), AGAIN); return; }
    const kept = this.form.querySelector("input[name=_draft]");
    if (kept) kept.value = "1";
    this.kept = now;
    localStorage.removeItem(this.key);
    this.note(say("draft_kept", { time: (await answer.json()).at }));
  }

  /** The page is being left: sent without waiting; what is too long for that stays on this device. */
  last() {
    if (!this.key || !this.dirty || !this.form.isConnected || this.kept === JSON.stringify(pairs(this.form))) return;
    if (!this.onServer() || !navigator.sendBeacon(this.url, this.body())) this.saveHere(false);
  }

  saveHere(told) {
    if (!this.key || !this.dirty) return;
    try {
      localStorage.setItem(this.key, JSON.stringify({ time: Date.now(), of: this.form._key?.value, pairs: pairs(this.form), labels: this.labels() }));
    } catch { return; /* private mode or full: the page still holds everything */ }
    if (told) this.note(navigator.onLine ? say("draft_saved", { time: clock(this.zone) }) : say("kept_here"));
  }

  note(words) {
    this.form.querySelector("[data-draft-note]")?.replaceChildren(icon("device-floppy"), words);
  }

  /** Throw away what the server kept, and go on with this page. */
  async drop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const body = new URLSearchParams(new FormData(event.target));
    body.set("_drop", "quietly");
    const answer = await fetch(this.url, { method: "POST", body }).catch(() => null);
    if (!answer?.ok) return;
    this.waiting.remove();
    if (this.dirty) this.keep();
    this.form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }

  /** Show that there is a draft from an earlier time, if it differs from what the page shows. */
  offer() {
    const kept = this.key && localStorage.getItem(this.key);
    if (this.key && this.form.querySelector("#fl-errors")) { this.first = ""; this.touch(); } // refused: typed, and nowhere kept yet
    if (!kept || !this.first) return;
    const draft = JSON.parse(kept);
    if (draft.time < Number(this.waiting?.dataset.serverDraft ?? 0)) { localStorage.removeItem(this.key); return; }
    if (Date.now() - draft.time > 30 * 86400000 || JSON.stringify(draft.pairs) === this.first) { localStorage.removeItem(this.key); return; }
    if (draft.of === this.waiting?.dataset.of) this.waiting?.remove(); // the same page's, a moment older
    this.found(draft);
  }

  leaving(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || !this.unsaved() || event.ctrlKey || event.metaKey || event.button || link.target || link.getAttribute("href").startsWith("#") || link.hasAttribute("download")) return;
    event.preventDefault();
    event.stopPropagation();
    confirmed({ title: say("leave_title"), text: say("leave_text"), yes: say("leave"), no: say("stay") }).then((sure) => {
      if (!sure) return;
      this.last();
      this.sent = true;
      location.assign(link.href);
    });
  }
}
