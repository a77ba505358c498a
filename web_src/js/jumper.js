// Search or jump (Ctrl K): what one types is answered while typing, with places, what can be created, the buttons of this
// page, and records. Arrow keys walk through it, Enter goes there.
import "./app.js";
import { freshId, icon, later, make } from "./page.js";
import { language } from "./texts.js";

const WORDS = { title: ["搜索或跳转", "Search or jump"], hint: ["编号、名称、表单、视图…", "Number, name, form, view…"], here: ["这一页的按钮", "On this page"], close: ["关闭", "Close"] };
const word = (name) => WORDS[name][language === "en" ? 1 : 0];
const WAIT = 130; // ms after the last key

const option = (picture, title, attributes) => make("div", { class: "fl-found-one", role: "option", "aria-selected": "false", ...attributes }, icon(picture), make("span", {}, title));
const group = (title, ...options) => make("div", { role: "group", "aria-label": title }, make("h3", { "aria-hidden": "true" }, title), ...options);

/** The page's own buttons whose words hold what was typed. */
function buttonsHere(typed) {
  const found = [...document.querySelectorAll(".fl-header-tools > .fl-btn, .fl-acts .fl-btn, .fl-acts .fl-menu-item")];
  const words = (button) => [...button.childNodes].map((node) => node.textContent.trim()).filter(Boolean).join(" ");
  return found.filter((button) => button.getAttribute("aria-disabled") !== "true" && words(button) && words(button).toLowerCase().includes(typed.toLowerCase()))
    .map((button) => { const one = option("bolt", words(button)); one.flAct = () => button.click(); return one; });
}

export function open(typed = "") {
  if (document.querySelector("dialog[open]")) return;
  const input = make("input", { name: "q", value: typed, role: "combobox", "aria-label": word("title"), "aria-expanded": "false", "aria-controls": "fl-found", "aria-autocomplete": "list", placeholder: word("hint"), autocomplete: "off", enterkeyhint: "go", "data-jump": true });
  const box = make("div", { class: "fl-found", tabindex: "-1" });
  const close = make("button", { type: "button", class: "fl-tool", "aria-label": `${word("close")} Esc`, "data-close": true }, make("kbd", { class: "fl-kbd", "aria-hidden": "true" }, "Esc"), icon("x"));
  const form = make("form", { class: "fl-jumper-head", action: "/search", role: "search" }, icon("search"), input, close);
  const dialog = make("dialog", { class: "fl-dialog fl-jumper", "aria-label": word("title"), "data-light-dismiss": true }, form, box);
  let asked = 0;
  let at = null;
  let entered = null; // Enter, pressed before the answer to what is typed has come

  const options = () => [...box.querySelectorAll("[role=option]")];
  const mark = (one) => {
    at?.setAttribute("aria-selected", "false");
    at = one ?? null;
    if (at) { at.id ||= freshId("fl-found"); at.setAttribute("aria-selected", "true"); at.scrollIntoView({ block: "nearest" }); input.setAttribute("aria-activedescendant", at.id); } else input.removeAttribute("aria-activedescendant");
  };
  const take = (one, event) => {
    if (!one.flAct) { one.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey: event.ctrlKey, metaKey: event.metaKey })); return; }
    dialog.close();
    one.flAct();
  };
  const fill = (html, words) => {
    box.innerHTML = html;
    const here = buttonsHere(words);
    if (here.length) {
      box.querySelector(".fl-found-none")?.remove();
      const list = box.querySelector("[role=listbox]") ?? box.appendChild(make("div", { id: "fl-found", role: "listbox", "aria-label": word("title") }));
      const [first] = list.children;
      if (first) first.after(group(word("here"), ...here)); else list.append(group(word("here"), ...here));
    }
    input.setAttribute("aria-expanded", String(options().length > 0));
    box.scrollTop = 0;
    mark(options()[0]);
  };
  const ask = async () => {
    const mine = (asked += 1);
    const words = input.value.trim();
    const answer = await fetch(`/search?${new URLSearchParams({ q: words })}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    const found = answer?.ok ? await answer.text() : "";
    if (mine !== asked || !dialog.open) return;
    fill(found, words);
    box.ariaBusy = "false";
    if (!entered) return;
    if (at) take(at, entered); else form.requestSubmit();
  };
  const soon = later(WAIT, ask);

  input.addEventListener("input", () => {
    asked += 1; // what is still to come answers other words
    entered = null;
    box.ariaBusy = "true";
    mark(null);
    soon();
  });
  dialog.addEventListener("keydown", (event) => {
    const all = options();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const busy = box.ariaBusy === "true";
    if (step && all.length && !busy) { event.preventDefault(); mark(all[(all.indexOf(at) + step + all.length) % all.length]); }
    if (event.key !== "Enter" || event.isComposing || event.target !== input || !(at || busy)) return;
    event.preventDefault();
    if (busy) entered = event; else take(at, event);
  });
  box.addEventListener("mousemove", (event) => { const one = event.target.closest("[role=option]"); if (one && one !== at && box.ariaBusy !== "true") mark(one); });
  box.addEventListener("click", (event) => { const one = event.target.closest("[role=option]"); if (one?.flAct) take(one, event); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
  input.setSelectionRange(typed.length, typed.length);
  ask();
}
