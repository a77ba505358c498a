// Text with headings, lists and links. The textarea stays and holds the HTML; the editor writes into it.
import "../app.js";
import { Editor } from "@tiptap/core";
import StarterKit from "@tiptap/starter-kit";
import { changed, freshId, icon, later, make } from "../page.js";

const BUTTONS = [
  ["bold", "bold", (to) => to.toggleBold(), ["bold"]],
  ["italic", "italic", (to) => to.toggleItalic(), ["italic"]],
  ["underline", "underline", (to) => to.toggleUnderline(), ["underline"]],
  ["strike", "strikethrough", (to) => to.toggleStrike(), ["strike"]],
  ["heading", "h-2", (to) => to.toggleHeading({ level: 2 }), ["heading", { level: 2 }]],
  ["subheading", "h-3", (to) => to.toggleHeading({ level: 3 }), ["heading", { level: 3 }]],
  ["bullets", "list", (to) => to.toggleBulletList(), ["bulletList"]],
  ["numbers", "list-numbers", (to) => to.toggleOrderedList(), ["orderedList"]],
  ["quote", "blockquote", (to) => to.toggleBlockquote(), ["blockquote"]],
  ["link", "link", null, ["link"]],
  ["undo", "arrow-back-up", (to) => to.undo(), null],
  ["redo", "arrow-forward-up", (to) => to.redo(), null],
];

export function enhance(box, words) {
  const area = box.querySelector("textarea");
  const surface = make("div", { class: "fl-editor" });
  const place = make("div", { class: "fl-editor-text" });
  area.hidden = true;
  area.after(surface);
  const label = document.getElementById(`${area.id}-label`);
  const own = { class: "fl-rich", role: "textbox", "aria-multiline": "true", id: freshId("editor") };
  for (const name of ["aria-required", "aria-invalid", "aria-describedby", "aria-label"]) if (area.hasAttribute(name)) own[name] = area.getAttribute(name);
  if (label) { own["aria-labelledby"] = label.id; label.addEventListener("click", (event) => { event.preventDefault(); editor.commands.focus(); }); }
  if (area.placeholder) own["data-placeholder"] = area.placeholder;
  const editor = new Editor({
    element: place,
    injectCSS: false, // the policy allows no style elements; css/fields.css has what it needs
    editable: !area.readOnly,
    extensions: [StarterKit.configure({ heading: { levels: [2, 3] }, link: { openOnClick: false, protocols: ["mailto", "tel"], HTMLAttributes: { target: null, rel: "noopener noreferrer" } } })],
    content: area.value,
    editorProps: { attributes: own },
  });
  const tools = area.readOnly ? null : toolbar(editor, words);
  const counter = area.dataset.most ? make("small", { class: "fl-editor-count", "aria-live": "off" }) : null;
  surface.append(...[tools, place, counter].filter(Boolean));
  const show = () => {
    tools?.show();
    surface.classList.toggle("fl-editor--empty", editor.isEmpty);
    if (!counter) return;
    const length = editor.getText({ blockSeparator: "\n" }).trim().length;
    counter.textContent = `${length} / ${area.dataset.most}`;
    counter.classList.toggle("fl-editor-count--over", length > Number(area.dataset.most));
  };
  const tell = later(150, () => changed(area));
  editor.on("update", () => { area.value = editor.isEmpty ? "" : editor.getHTML(); tell(); });
  editor.on("transaction", show);
  editor.on("blur", () => { tell.cancel(); changed(area); });
  area.addEventListener("fl:filled", () => { if (!editor.isFocused && area.value !== editor.getHTML()) editor.commands.setContent(area.value, { emitUpdate: false }); });
  area.form?.addEventListener("submit", () => tell.cancel(), true);
  new MutationObserver(() => { // the page says what is wrong at the textarea
    for (const name of ["aria-invalid", "aria-describedby", "aria-required"]) {
      const said = area.getAttribute(name);
      if (said === null) editor.view.dom.removeAttribute(name);
      else editor.view.dom.setAttribute(name, said);
    }
    editor.setEditable(!area.readOnly);
    if (tools) tools.hidden = area.readOnly;
  }).observe(area, { attributes: true, attributeFilter: ["aria-invalid", "aria-describedby", "aria-required", "readonly"] });
  area.addEventListener("focus", () => editor.commands.focus());
  show();
}

/** The buttons above the text: arrow keys walk among them, Tab leaves them. */
function toolbar(editor, words) {
  const bar = make("div", { class: "fl-editor-tools", role: "toolbar", "aria-label": words.toolbar });
  const address = make("input", { class: "fl-input fl-input--small", type: "text", inputmode: "url", placeholder: "https://", "aria-label": words.address, "data-no-model": true });
  const apply = make("button", { type: "button", class: "fl-btn fl-btn--small" }, words.apply);
  const asked = make("div", { class: "fl-editor-link", hidden: true }, address, apply);
  const buttons = BUTTONS.map(([name, picture, act, active], place) => {
    const button = make("button", { type: "button", class: "fl-tool", title: words[name], "aria-label": words[name], "aria-pressed": active ? "false" : null, tabindex: place ? "-1" : "0" }, icon(picture));
    button.addEventListener("mousedown", (event) => event.preventDefault()); // the text keeps its selection
    button.addEventListener("click", () => {
      if (act) act(editor.chain().focus()).run();
      else { asked.hidden = !asked.hidden; address.value = editor.getAttributes("link").href ?? ""; if (!asked.hidden) address.focus(); }
    });
    bar.append(button);
    return { button, active };
  });
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = buttons.findIndex(({ button }) => button === document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    const next = buttons[(at + step + buttons.length) % buttons.length].button;
    for (const { button } of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  });
  const link = () => {
    const given = address.value.trim();
    const href = /^[a-z][a-z0-9+.-]*:/i.test(given) || !given ? given : `https://${given}`;
    const chain = editor.chain().focus().extendMarkRange("link");
    if (!href) chain.unsetLink().run();
    else if (editor.state.selection.empty && !editor.isActive("link")) editor.chain().focus().insertContent({ type: "text", text: given, marks: [{ type: "link", attrs: { href } }] }).run();
    else chain.setLink({ href }).run();
    asked.hidden = true;
  };
  apply.addEventListener("click", link);
  address.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); event.stopPropagation(); link(); }
    if (event.key === "Escape") { event.stopPropagation(); asked.hidden = true; editor.commands.focus(); }
  });
  const whole = make("div", { class: "fl-editor-head" }, bar, asked);
  whole.show = () => { for (const { button, active } of buttons) if (active) button.setAttribute("aria-pressed", String(editor.isActive(...active))); };
  return whole;
}
