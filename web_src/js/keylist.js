// `?`: all keys in a dialog, made from the table that keys.js acts by.
import "./app.js";
import { icon, make } from "./page.js";
import { language, say } from "./texts.js";

const WORDS = {
  title: ["键盘快捷键", "Keyboard shortcuts"], letters: ["单个字母的快捷键可以在偏好设置里关闭", "Single letters can be switched off in your preferences"],
  everywhere: ["到处可用", "Everywhere"], list: ["列表和看板", "Lists and boards"], record: ["记录", "Records"], form: ["填写", "Forms"],
  search: ["搜索或跳转", "Search or jump"], find: ["在这一页里搜索", "Search on this page"], home: ["去工作台", "Go to home"], tasks: ["去待办", "Go to tasks"], notices: ["去消息", "Go to notices"],
  menu: ["在菜单里移动", "From entry to entry of the menu"],
  create: ["新建", "New"], close: ["关闭最上面一层", "Close the topmost layer"], keys: ["列出快捷键", "List the shortcuts"],
  down: ["下一行", "Next row"], up: ["上一行", "Previous row"], tick: ["选中这一行", "Select the row"], open: ["打开这一行", "Open the row"], peek: ["预览", "Peek"], cell: ["修改这一格", "Change the cell"],
  cards: ["在卡片之间移动", "From card to card"], place: ["移动卡片", "Move the card"],
  edit: ["编辑", "Edit"], before: ["上一条记录", "Previous record"], after: ["下一条记录", "Next record"],
  send: ["保存", "Save"], line: ["添加一行明细", "Add a line"], undo: ["撤销", "Undo"],
  Space: ["空格", "Space"], Arrows: ["← ↑ ↓ →", "← ↑ ↓ →"], ArrowUp: ["↑", "↑"], ArrowDown: ["↓", "↓"], Escape: ["Esc", "Esc"],
};
const word = (name) => WORDS[name]?.[language === "en" ? 1 : 0];

/** "g h" -> two keys one after another, "ctrl+k" -> two at once. */
function drawn(keys) {
  const cap = (one) => (one === "ctrl" ? "Ctrl" : one.length === 1 ? one.toUpperCase() : (word(one) ?? one));
  return make("span", { class: "fl-keys-caps" }, ...keys.split(/[ +]/).filter(Boolean).map((one) => make("kbd", { class: "fl-kbd" }, cap(one))));
}

export function show(table) {
  if (document.querySelector("dialog[open]")) return;
  const groups = [...new Set(table.map((one) => one.group))];
  const close = make("button", { type: "button", class: "fl-tool", "aria-label": say("close"), "data-close": true }, icon("x"));
  const dialog = make("dialog", { class: "fl-dialog fl-keys", "aria-label": word("title"), "data-light-dismiss": true },
    make("header", { class: "fl-dialog-head" }, make("h2", {}, word("title")), make("span", { class: "fl-spread" }), close),
    make("div", { class: "fl-dialog-body fl-keys-groups", tabindex: "0" }, ...groups.map((group) => make("section", {}, make("h3", {}, word(group)),
      make("dl", {}, ...table.filter((one) => one.group === group).map((one) => make("div", {}, make("dt", {}, word(one.name)), make("dd", {}, drawn(one.keys)))))))),
    make("footer", { class: "fl-dialog-foot" }, make("a", { href: "/me" }, word("letters"))));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
