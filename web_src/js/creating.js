// The drawer in which a record is made for a picker. It frames the form's own page, which so keeps its own draft, rules and
// errors, while what is typed beneath stays. Where the frame goes says how it ended: to the new record, or nowhere.
import "./app.js";
import { toast } from "./overlays.js";
import { make } from "./page.js";
import { say } from "./texts.js";

const FIRST = "#fl-form :is(input:not([type=hidden], [data-hidden]), textarea, select:not([data-hidden]))";

/** Open the form of a new record, called `label`; `done` gets its id and title once it is saved. */
export function create(href, label, done) {
  const address = new URL(href, location.href);
  const home = address.pathname.replace(/\/new$/, "");
  address.searchParams.set("drawer", "1");
  address.searchParams.set("back", `${home}/{id}/peek?drawer=1`);
  const frame = make("iframe", { class: "fl-drawer-frame", title: label, src: address });
  const drawer = make("dialog", { class: "fl-drawer-dialog", "aria-label": label }, frame);
  /** As its own cross does: what was typed is asked after. */
  const leave = () => (frame.contentDocument?.querySelector(".fl-header-back") ?? { click: () => drawer.close() }).click();
  drawer.addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
  drawer.addEventListener("click", (event) => { if (event.target === drawer) leave(); });
  drawer.addEventListener("close", () => drawer.remove());
  frame.addEventListener("load", () => {
    const page = frame.contentDocument;
    const id = page?.location.pathname.match(/^\/f\/[^/]+\/(\d+)\/peek$/)?.[1];
    if (page && !id && page.location.pathname.startsWith(home)) {
      page.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || event.defaultPrevented || page.querySelector("dialog[open]")) return;
        event.preventDefault(); // else the same key would answer what is asked
        leave();
      });
      frame.contentWindow.addEventListener("pagehide", () => { frame.dataset.left = ""; });
      delete frame.dataset.left;
      page.querySelector(FIRST)?.focus({ preventScroll: true });
      return;
    }
    drawer.close();
    if (!page) toast({ text: say("offline"), kind: "bad" });
    if (!id) return;
    localStorage.removeItem(sessionStorage.getItem("fl-sent"));
    done({ id, title: page.getElementById("fl-drawer-title")?.textContent.trim() || `#${id}` });
  });
  document.body.append(drawer);
  drawer.showModal();
}
