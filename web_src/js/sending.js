// Sending the form of a page: what is refused comes back into the page, a colleague's change is asked in a dialog over the
// form, and when the server fails or can't be reached everything stays as it was typed. Without scripts it is a plain POST.
import { toast } from "./overlays.js";
import { make } from "./page.js";
import { say } from "./texts.js";

const WAIT = 300; // ms after which the pressed button turns
const SLOW = 8000; // after which it is said that it takes long
const LONGEST = 60000; // after which it is given up; what was saved meanwhile is answered when it is sent again

/** The form isn't sent after all: whoever watches its sending lets go. */
function backToEditing() {
  sessionStorage.removeItem("fl-sent");
  dispatchEvent(new PageTransitionEvent("pageshow"));
}

function choose(words, form) {
  if (words.includes("<dialog")) { // refused as a whole, in the server's own dialog
    const place = document.getElementById("fl-dialog");
    place.innerHTML = words;
    document.body.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: place } }));
    backToEditing();
    return;
  }
  const dialog = make("dialog", { class: "fl-dialog fl-dialog--wide", "aria-labelledby": "fl-conflict-title" });
  dialog.innerHTML = words;
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close-conflict]")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("close", () => { dialog.remove(); backToEditing(); form.querySelector(".fl-actions .fl-btn--primary")?.focus(); });
  document.body.append(dialog);
  dialog.showModal();
}

/** The same form as the server wrote it, with what is wrong beside its fields. */
function comeBack(words, form) {
  const made = make("template");
  made.innerHTML = words;
  const next = made.content.querySelector("form");
  if (!next) return false;
  form.replaceWith(next);
  sessionStorage.removeItem("fl-sent");
  document.body.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: next } }));
  if (!next.querySelector("#fl-errors")) next.querySelector(".fl-warning input, [aria-invalid=true]")?.focus();
  return true;
}

/** Not saved, nothing lost: say so, and offer to try again. */
function failed(form, submitter, answer) {
  backToEditing();
  const words = answer ? `${say("not_sent")} (${answer.status})` : say("offline");
  toast({ text: words, kind: "bad", action: { text: say("retry"), act: () => form.requestSubmit(submitter?.isConnected ? submitter : undefined) } });
}

/** Send a page's form by script. */
export async function send(event, form) {
  if (form.hasAttribute("hx-post")) return;
  event.preventDefault();
  if (form.flAsking) return;
  form.flAsking = true;
  const button = event.submitter ?? form.querySelector(".fl-actions .fl-btn--primary");
  const turning = setTimeout(() => button?.classList.add("fl-btn--busy"), WAIT);
  const slow = setTimeout(() => toast({ text: say("slow"), kind: "info" }), SLOW);
  const body = new URLSearchParams([...new FormData(form, event.submitter)].filter(([, value]) => typeof value === "string"));
  const answer = await fetch(event.submitter?.formAction || form.action, { method: "POST", body, headers: { "HX-Request": "true" }, signal: AbortSignal.timeout?.(LONGEST) }).catch(() => null);
  const there = answer?.headers.get("HX-Redirect");
  const words = answer && !there ? await answer.text().catch(() => null) : null;
  clearTimeout(turning);
  clearTimeout(slow);
  form.flAsking = false;
  if (there) { location.assign(there); return; }
  button?.classList.remove("fl-btn--busy");
  if (answer?.status === 409 && words) choose(words, form);
  else if (answer?.status !== 422 || !words || !comeBack(words, form)) failed(form, event.submitter, answer);
}
