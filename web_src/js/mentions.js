// Naming somebody in a comment: @ and some letters offer people who may see the record. A combobox of a text field: focus
// stays in it, arrows choose, Enter or Tab take, Escape closes.
import "./app.js";
import { each, freshId, later, make } from "./page.js";
import { learn, say } from "./texts.js";

learn({
  zh: {
    mention_people: "可以提到的人",
  },
  en: {
    mention_people: "People to name",
  },
});

/** The letters after the last @ before the caret; null when there is none, or it is part of an address. */
function letters(input) {
  const before = input.value.slice(0, input.selectionStart);
  return /(?:^|[^A-Za-z0-9._+-])@([^\s@，。、；：！？,;:!?()（）]{0,30})$/.exec(before)?.[1] ?? null;
}

/** Make the field live; what was typed before this script was there counts. */
export function enhance(input) {
  each(input.parentElement, "input[data-mention]", "mention", startMentions);
}

function startMentions(input) {
  const list = make("ul", { class: "fl-mentions", role: "listbox", id: freshId("mentions"), "aria-label": say("mention_people"), hidden: true });
  input.after(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })) input.setAttribute(name, value);
  let people = [];
  let at = 0;
  let asked = 0;

  const close = () => {
    asked += 1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (number) => {
    at = (number + people.length) % people.length;
    [...list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const take = (person) => {
    const found = letters(input);
    if (found === null) return close();
    input.setRangeText(`${person.words} `, input.selectionStart - found.length, input.selectionStart, "end");
    close();
    input.focus();
  };
  const show = () => {
    list.replaceChildren(...people.map((person, index) => {
      const option = make("li", { class: "fl-mention-option", role: "option", id: `${list.id}-${index}`, "aria-selected": "false" }, make("b", {}, person.name), make("small", {}, [person.words === person.name ? "" : person.words, person.about].filter(Boolean).join(" · ")));
      option.addEventListener("mousedown", (event) => { event.preventDefault(); take(person); });
      return option;
    }));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    choose(0);
  };
  const ask = later(120, async (found) => {
    const mine = (asked += 1);
    const answer = await fetch(`${input.dataset.mention}?${new URLSearchParams({ q: found })}`, { headers: { Accept: "application/json" } }).catch(() => null);
    const told = answer?.ok ? await answer.json() : null;
    if (!told || mine !== asked) return;
    people = told.people;
    if (people.length && letters(input) !== null && document.activeElement === input) show();
    else close();
  });

  const look = () => {
    const found = letters(input);
    if (found === null) { ask.cancel(); close(); } else ask(found);
  };
  input.addEventListener("input", (event) => event.isComposing || look());
  input.addEventListener("compositionend", look);
  input.addEventListener("blur", () => { ask.cancel(); close(); });
  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") choose(at + 1);
    else if (event.key === "ArrowUp") choose(at - 1);
    else if (event.key === "Enter" || event.key === "Tab") take(people[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  look();
}
