// What lies above the page: menus, dialogs, our own confirmation, toasts, the reason of a closed button.
import { icon, make, on } from "./page.js";
import { say } from "./texts.js";

/** Show one toast. kind: ok, info or bad (bad stays until closed, over an open dialog too, which shuts what lies outside
 * of it). action: {text, href} or {text, act}. */
export function toast({ text, kind = "ok", action = null, stays = kind === "bad" }) {
  const box = document.getElementById("fl-toasts") ?? document.body.appendChild(make("div", { class: "fl-toasts", id: "fl-toasts", role: "status" }));
  const close = make("button", { type: "button", class: "fl-toast-x", "aria-label": say("close") }, icon("x"));
  const shown = make("div", { class: `fl-toast fl-toast--${kind}`, role: kind === "bad" ? "alert" : null },
    icon({ ok: "circle-check", bad: "alert-circle" }[kind] ?? "info-circle"), make("span", {}, text));
  if (action?.href) shown.append(make("a", { href: action.href }, action.text));
  else if (action) {
    const button = make("button", { type: "button", class: "fl-toast-act" }, action.text);
    button.addEventListener("click", () => { shown.remove(); action.act(); });
    shown.append(button);
  }
  shown.append(close);
  close.addEventListener("click", () => shown.remove());
  const over = (kind === "bad" && [...document.querySelectorAll("dialog[open]")].at(-1)) || document.body;
  if (box.parentElement !== over) over.append(box);
  box.replaceChildren(shown);
  if (!stays) setTimeout(() => shown.remove(), 6000);
  return shown;
}

/** Ask with our own dialog; resolves to true or false. */
export function confirmed({ title, text = "", yes = say("yes"), no = say("cancel"), danger = false }) {
  return new Promise((resolve) => {
    const dialog = make("dialog", { class: "fl-dialog fl-dialog--small", "aria-label": title },
      make("form", { method: "dialog", class: "fl-dialog-form" },
        make("header", { class: "fl-dialog-head" }, make("h2", {}, title)),
        make("div", { class: "fl-dialog-body" }, make("p", {}, text)),
        make("footer", { class: "fl-dialog-foot" }, make("span", { class: "fl-spread" }),
          make("button", { class: "fl-btn", value: "", autofocus: true }, no),
          make("button", { class: `fl-btn ${danger ? "fl-btn--destroy" : "fl-btn--primary"}`, value: "yes" }, yes))));
    if (!text) dialog.querySelector(".fl-dialog-body").remove();
    dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "yes"); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

function openDialog(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.fl-menu[open]")) if (!menu.contains(except)) menu.open = false;
}

function showTip(button) {
  hideTip();
  const tip = make("div", { class: "fl-tip", id: "fl-tip", role: "tooltip" }, button.dataset.why);
  document.body.append(tip);
  button.setAttribute("aria-describedby", "fl-tip");
  const at = button.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = at.bottom + tip.offsetHeight + 12 > innerHeight ? `${at.top - tip.offsetHeight - 6}px` : `${at.bottom + 6}px`;
}

function hideTip() {
  document.getElementById("fl-tip")?.remove();
}

/** Ask before a button or form with data-confirm does what it says; then let it through once. */
function guardConfirm(event, asked, again) {
  if (asked.flSure) { asked.flSure = false; return; }
  event.preventDefault();
  event.stopImmediatePropagation();
  const danger = "confirmDanger" in asked.dataset;
  confirmed({ title: asked.dataset.confirm, text: asked.dataset.confirmText, yes: asked.dataset.confirmButton || asked.textContent.trim(), danger }).then((sure) => {
    if (sure) { asked.flSure = true; again(); }
  });
}

/** Show what the server wants said: HX-Trigger "toast", and <template data-toast> in the page. */
function listenToasts() {
  document.body.addEventListener("toast", (event) => toast(event.detail.value ?? event.detail));
}

export function readToasts(root) {
  for (const found of root.querySelectorAll("template[data-toast]")) {
    toast({ text: found.content.textContent.trim(), kind: found.dataset.kind, stays: "stays" in found.dataset || undefined, action: found.dataset.action ? { text: found.dataset.action, href: found.dataset.actionHref } : null });
    found.remove();
  }
}

export function startOverlays() {
  listenToasts();
  document.addEventListener("click", (event) => closeMenus(event.target), true);
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && (event.target.closest?.("details.fl-menu[open]") ?? document.querySelector("body:not(:has(dialog[open])) details.fl-menu[open]"));
    if (!menu) return;
    event.stopImmediatePropagation(); // one layer at a time: what is ticked behind it stays so
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  on("toggle", "details.fl-menu", (event, menu) => {
    if (!menu.open) return;
    const list = menu.querySelector(".fl-menu-list");
    const at = list?.getBoundingClientRect();
    if (at && at.bottom > innerHeight && at.height < menu.getBoundingClientRect().top) list.classList.add("fl-menu-list--up");
    if (at && at.right > innerWidth) list.classList.add("fl-menu-list--end");
  }, true);
  on("keydown", "details.fl-menu", (event, menu) => {
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && menu.open && !event.target.matches("input, select")) {
      const items = [...menu.querySelectorAll(".fl-menu-item")];
      const next = items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      items[(next + items.length) % items.length]?.focus();
      event.preventDefault();
    }
  });
  on("click", "[data-confirm]:not(form)", (event, asked) => guardConfirm(event, asked, () => asked.click()), true);
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-confirm]")) guardConfirm(event, event.target, () => event.target.requestSubmit(event.submitter));
  }, true);
  on("click", "[data-dialog]", (event, button) => {
    if (button.getAttribute("aria-disabled") === "true") return;
    event.preventDefault();
    closeMenus(null);
    openDialog(document.getElementById(button.dataset.dialog));
  });
  on("click", "[data-close]", (event, button) => button.closest("dialog")?.close());
  on("click", "dialog", (event, dialog) => { if (event.target === dialog && "lightDismiss" in dialog.dataset) dialog.close(); });
  on("click", "[aria-disabled=true]", (event, button) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!button.dataset.why) return;
    const old = button.parentElement.querySelector(":scope > .fl-why");
    if (old?.textContent === button.dataset.why) { old.remove(); return; }
    old?.remove();
    button.parentElement.append(make("p", { class: "fl-why", role: "status" }, button.dataset.why));
  }, true);
  on("mouseover", "[data-why]", (event, button) => { if (matchMedia("(hover: hover)").matches) showTip(button); });
  on("focusin", "[data-why]", (event, button) => { if (button.matches(":focus-visible")) showTip(button); });
  on("mouseout", "[data-why]", hideTip);
  on("focusout", "[data-why]", hideTip);
  document.addEventListener("scroll", hideTip, { capture: true, passive: true });
}

/** Open dialogs that arrived open (data-open), e.g. the conflict after a save. */
export function openArrived(root) {
  for (const dialog of root.querySelectorAll("dialog[data-open]")) openDialog(dialog);
}
