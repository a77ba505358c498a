// Saving a changed record: what a colleague changed meanwhile is asked in a dialog over the form, which stays as it is.
// Without scripts, and for every other answer, the form is sent as any other.
import { toast } from "./overlays.js";
import { make } from "./page.js";
import { say } from "./texts.js";

/** The form isn't sent after all: whoever watches its sending lets go. */
function backToEditing() {
  sessionStorage.removeItem("fl-sent");
  dispatchEvent(new PageTransitionEvent("pageshow"));
}

function choose(words, form) {
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

/** Send the form of a stored record so that a conflict can be answered here. */
export async function askConflict(event, form) {
  if (!form.querySelector("input[name=version]") || !form.querySelector("input[name=base]") || form.hasAttribute("hx-post")) return;
  event.preventDefault();
  if (form.flAsking) return;
  form.flAsking = true;
  const button = event.submitter;
  const turning = setTimeout(() => button?.classList.add("fl-btn--busy"), 300);
  const body = new URLSearchParams([...new FormData(form, event.submitter)].filter(([, value]) => typeof value === "string"));
  const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
  clearTimeout(turning);
  form.flAsking = false;
  if (!answer?.headers.get("HX-Redirect")) button?.classList.remove("fl-btn--busy");
  const there = answer?.headers.get("HX-Redirect");
  if (there) location.assign(there);
  else if (answer?.status === 409) choose(await answer.text(), form);
  else if (answer) form.submit();
  else {
    toast({ text: say("offline"), kind: "bad" });
    backToEditing();
  }
}
