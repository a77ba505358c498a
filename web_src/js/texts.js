// What scripts say by themselves, in both languages: here what every page may say; a part that comes later brings its own
// words (`learn`). A page may override them with #fl-texts.
const EVERYWHERE = {
  zh: {
    close: "关闭", cancel: "取消", yes: "继续", retry: "再试一次", failed: "没能完成，什么都没丢。", offline: "现在连不上服务器，内容还在，连上后再试。", copied: "已复制",
  },
  en: {
    close: "Close", cancel: "Cancel", yes: "Continue", retry: "Try again", failed: "That did not work. Nothing was lost.",
    offline: "The server cannot be reached. What you typed is kept.", copied: "Copied",
  },
};

export const language = document.documentElement.lang.startsWith("en") ? "en" : "zh";
const own = document.getElementById("fl-texts");
const texts = { ...EVERYWHERE[language] };
const overridden = own ? JSON.parse(own.textContent) : {};

/** Take in the words of a part: {zh: {name: text}, en: {name: text}}. */
export function learn(words) {
  Object.assign(texts, words[language]);
}

/** The text of that name with {placeholders} filled in. */
export function say(name, values = {}) {
  return (overridden[name] ?? texts[name] ?? name).replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}
