// A record's page: the box that says why a value is so, copying its address, printing.
import htmx from "htmx.org";
import { toast } from "./overlays.js";
import { isPhone, make, on } from "./page.js";
import { say } from "./texts.js";

/** Show the answer beside what was asked about; on the phone it comes from below, as every dialog. */
function placed(dialog, asked) {
  if (isPhone()) return;
  const at = asked.getBoundingClientRect();
  const left = Math.max(12, Math.min(at.left - 12, innerWidth - dialog.offsetWidth - 12));
  const below = at.bottom + 8 + dialog.offsetHeight < innerHeight - 8;
  const above = at.top - 8 - dialog.offsetHeight > 8;
  const top = below ? at.bottom + 8 : above ? at.top - 8 - dialog.offsetHeight : Math.max(12, innerHeight - dialog.offsetHeight - 12);
  dialog.style.left = `${left}px`;
  dialog.style.top = `${top}px`;
}

async function explain(asked) {
  if (asked.flAsking) return;
  asked.flAsking = true;
  const answer = await fetch(asked.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  asked.flAsking = false;
  if (!answer?.ok) {
    toast({ text: say(answer ? "failed" : "offline"), kind: "bad" });
    return;
  }
  const dialog = make("dialog", { class: "fl-dialog fl-dialog--why", "aria-labelledby": "fl-why-title", "data-light-dismiss": true });
  dialog.innerHTML = await answer.text();
  document.body.append(dialog);
  htmx.process(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("htmx:afterSwap", () => placed(dialog, asked)); // who may change it takes the answer's place
  dialog.showModal();
  placed(dialog, asked);
}

/** Listen once for the whole life of the page. */
export function startRecord() {
  on("click", "a[data-whence]", (event, asked) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    explain(asked);
  });
  on("click", "[data-print]", (event, button) => {
    button.closest("details")?.removeAttribute("open");
    print();
  });
  on("click", "[data-copy-link]", async (event, button) => {
    button.closest("details")?.removeAttribute("open");
    await navigator.clipboard?.writeText(new URL(button.dataset.copyLink, location.href).href);
    toast({ text: say("copied") });
  });
}
