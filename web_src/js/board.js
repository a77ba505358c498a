// Boards: cards are dragged, or moved by M and their menu. The server says once for each card who takes it and why not;
// a refused card flies back with the reason; lanes are asked anew after a move, with as many cards as they showed.
import "./app.js";
import htmx from "htmx.org";
import { toast } from "./overlays.js";
import { each, icon, isPhone, make, typing } from "./page.js";
import { learn, say } from "./texts.js";

learn({
  zh: {
    move_to: "移动“{title}”到…", moved_back: "“{title}”放回了“{lane}”：{reason}", open_record: "打开记录",
  },
  en: {
    move_to: "Move {title} to…", moved_back: "{title} went back to {lane}. {reason}", open_record: "Open it",
  },
});

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const linkOf = (card) => card?.querySelector("a");
const keyOf = (list) => list.closest("[data-lane]").dataset.lane;

/** Move an element from where it was seen to where it stands now. */
function fly(card, from) {
  const to = card.getBoundingClientRect();
  if (still() || !from || !card.animate) return;
  card.animate([{ transform: `translate(${from.left - to.left}px, ${from.top - to.top}px) rotate(2deg)` }, { transform: "none" }], { duration: 220, easing: "cubic-bezier(.2, 0, 0, 1)" });
}

class Board {
  constructor(element) {
    this.element = element;
    this.form = element.dataset.form;
    this.view = element.dataset.view;
    this.drag = null; // the library, once it is here
    this.waiting = null; // the card whose button is asking something, and where it came from
    element.addEventListener("click", (event) => this.click(event));
    this.pressed = null; // where the mouse went down, as long as it is
    element.addEventListener("pointerdown", (event) => { this.pressed = event; this.ask(event.target.closest("[data-card]")); });
    for (const ended of ["pointerup", "pointercancel"]) document.addEventListener(ended, () => { this.pressed = null; });
    element.addEventListener("keydown", (event) => this.key(event));
    element.addEventListener("fl:places", (event) => this.places(event.target));
    document.addEventListener("close", (event) => { if (event.target.closest?.("#fl-dialog")) setTimeout(() => this.giveUp()); }, true);
    document.body.addEventListener("fl:acted", (event) => this.acted(event.detail));
    document.addEventListener("fl:live", (event) => this.heard(event.detail));
    element.addEventListener("pointerover", () => this.fetchDrag(), { once: true });
    document.getElementById("fl-dialog").setAttribute("hx-headers", '{"X-Stay": "1"}');
    for (const lane of this.lanes()) this.arm(lane);
  }

  lanes() {
    return [...this.element.querySelectorAll("[data-lane]")];
  }

  lane(key) {
    return this.lanes().find((lane) => lane.dataset.lane === key);
  }

  /** Make a lane live: its cards can be dragged, and its further cards come when they are scrolled to. */
  arm(lane) {
    const more = lane.querySelector("[data-more]");
    if (more && "IntersectionObserver" in window) {
      new IntersectionObserver((seen, observer) => {
        if (!seen.some((one) => one.isIntersecting)) return;
        observer.disconnect();
        this.more(more);
      }, { root: lane.querySelector("[data-cards]"), rootMargin: "200px" }).observe(more);
    }
    if (this.drag) this.drags(lane);
  }

  /** Whoever comes with a mouse gets the library that drags cards; keys and menus do without. */
  async fetchDrag() {
    if (isPhone()) return;
    this.drag = (await import("./drag.js")).default;
    for (const lane of this.lanes()) this.drags(lane);
    this.pressed?.target.dispatchEvent(new PointerEvent("pointerdown", this.pressed)); // who was quicker drags all the same
  }

  drags(lane) {
    lane.querySelectorAll("[data-card]").forEach((card) => card.classList.add("fl-ticket--grab"));
    this.drag.create(lane.querySelector("[data-cards]"), {
      group: { name: "cards", pull: true, put: (to, from, card) => this.takes(to.el, card) },
      sort: false, draggable: "[data-card]", filter: "[data-move]", preventOnFilter: false, forceFallback: true, fallbackOnBody: true,
      fallbackTolerance: 5, delay: 180, delayOnTouchOnly: true, fallbackClass: "fl-ticket--flying", ghostClass: "fl-ticket--gap", animation: still() ? 0 : 120,
      onStart: (event) => this.start(event), onEnd: (event) => this.end(event),
    });
  }

  /** Where a card may go; asked once. Null when that can't be found out. */
  ask(card) {
    if (!card) return Promise.resolve(null);
    card.flMoves ??= fetch(`/f/${this.form}/${card.dataset.card}/moves?view=${encodeURIComponent(this.view)}`, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : null), () => null)
      .then((moves) => { card.flKnown = moves; if (!moves) card.flMoves = null; return moves; });
    return card.flMoves;
  }

  to(card, key) {
    return card.flKnown?.to.find((move) => move.key === key);
  }

  takes(list, card) {
    const move = this.to(card, keyOf(list));
    return Boolean(move && !move.reason);
  }

  // -- dragging

  start(event) {
    const card = event.item;
    this.dragged = card;
    this.origin = { list: event.from, next: card.nextElementSibling };
    this.element.classList.add("fl-board--drags");
    this.track = (moved) => {
      const flying = document.querySelector(".fl-ticket--flying");
      flying?.setAttribute("inert", "");
      flying?.setAttribute("role", "presentation");
      this.seen = flying?.getBoundingClientRect() ?? this.seen;
      const over = document.elementFromPoint(moved.clientX, moved.clientY)?.closest("[data-lane]");
      for (const lane of this.lanes()) lane.classList.toggle("fl-lane--over", lane === over);
      flying?.classList.toggle("fl-ticket--refused", Boolean(over?.classList.contains("fl-lane--refuses")));
      this.over = over;
      if (card.parentElement !== event.from && !over?.classList.contains("fl-lane--takes")) this.back(card, this.origin);
    };
    document.addEventListener("pointermove", this.track);
    this.ask(card).then((moves) => { if (moves && this.dragged === card) this.mark(card); });
  }

  /** Say in every lane whether it takes the card, and why not. */
  mark(card) {
    for (const lane of this.lanes()) {
      const move = this.to(card, lane.dataset.lane);
      if (!move) continue;
      lane.classList.add(move.reason ? "fl-lane--refuses" : "fl-lane--takes");
      if (!move.reason) continue;
      const why = lane.querySelector("[data-lane-why]");
      why.replaceChildren(icon("ban"), make("span", {}, move.reason));
      why.hidden = false;
    }
  }

  unmark() {
    this.element.classList.remove("fl-board--drags");
    for (const lane of this.lanes()) {
      lane.classList.remove("fl-lane--takes", "fl-lane--refuses", "fl-lane--over");
      lane.querySelector("[data-lane-why]").hidden = true;
    }
    document.removeEventListener("pointermove", this.track);
  }

  end(event) {
    const card = event.item, over = this.over, seen = this.seen, origin = this.origin;
    const lane = origin.list.closest("[data-lane]");
    this.dragged = null;
    this.over = null;
    this.unmark();
    this.justDragged = true;
    setTimeout(() => { this.justDragged = false; }, 50);
    const move = over && over !== lane ? this.to(card, over.dataset.lane) : null;
    if (move && !move.reason) {
      if (card.closest("[data-lane]") !== over) over.querySelector("[data-cards]").prepend(card);
      this.drop(card, over.dataset.lane, origin);
      return;
    }
    this.back(card, origin);
    fly(card, seen);
    if (move) this.refused(card, lane, move);
  }

  /** Put a card back where it was. */
  back(card, origin) {
    origin.list.insertBefore(card, origin.next?.parentElement === origin.list ? origin.next : null);
  }

  // -- moving

  /** Take a card to a lane that accepts it: at once, after its button's dialog, or after choosing among buttons. */
  drop(card, key, origin) {
    const move = this.to(card, key);
    this.waiting = { card, key, origin };
    if (move.buttons.length > 1) this.choose(card, [move]);
    else if (move.buttons[0]?.asks) this.open(card, move.buttons[0].name);
    else this.send(card, key, move.buttons[0]?.name);
  }

  /** The button's own dialog, as on the record's page. */
  open(card, button) {
    htmx.ajax("GET", `/f/${this.form}/${card.dataset.card}/act/${button}`, { target: "#fl-dialog", swap: "innerHTML" }).catch(() => this.giveUp());
  }

  async send(card, key, button) {
    card.classList.add("fl-ticket--busy");
    const body = new URLSearchParams({ view: this.view, to: key, version: String(card.flKnown?.version ?? "") });
    if (button) body.set("button", button);
    const answer = await fetch(`/f/${this.form}/${card.dataset.card}/move`, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    card.classList.remove("fl-ticket--busy");
    const told = await answer?.json().catch(() => null);
    if (answer?.ok && told) {
      const from = this.waiting?.origin ? keyOf(this.waiting.origin.list) : keyOf(card);
      this.waiting = null;
      toast({ text: told.text, action: told.open ? { text: told.open_text, href: told.open } : null });
      this.refresh([from, key, told.now], card.dataset.card);
      return;
    }
    if (button && told?.asks) { this.open(card, button); return; }
    card.flMoves = null;
    const origin = this.waiting?.origin;
    this.giveUp();
    const lane = (origin?.list ?? card).closest("[data-lane]");
    const reason = told ? told.detail || told.title : say("offline");
    this.refused(card, lane, { reason, first: null });
    if (answer?.status === 409) this.refresh([lane.dataset.lane], card.dataset.card);
  }

  refused(card, lane, move) {
    const first = move.first;
    const action = first ? { text: first.title, act: () => { this.waiting = { card, key: "", origin: null }; if (first.asks) this.open(card, first.name); else this.send(card, "", first.name); } } : { text: say("open_record"), href: linkOf(card).href };
    toast({ text: say("moved_back", { title: card.dataset.title, lane: lane.dataset.words, reason: move.reason }), kind: "info", action });
  }

  /** The dialog was closed without doing it: the card goes back to where it was. */
  giveUp() {
    const { card, origin } = this.waiting ?? {};
    if (!card || document.querySelector("#fl-dialog dialog[open], dialog.fl-places-dialog[open]")) return;
    this.waiting = null;
    if (!origin) return;
    const from = card.getBoundingClientRect();
    this.back(card, origin);
    fly(card, from);
    linkOf(card).focus({ preventScroll: true });
  }

  /** A button's dialog did it. */
  acted(done) {
    if (!document.contains(this.element)) return;
    document.querySelector("#fl-dialog dialog[open]")?.close();
    document.getElementById("fl-dialog").replaceChildren();
    const waiting = this.waiting;
    this.waiting = null;
    this.refresh([waiting?.origin ? keyOf(waiting.origin.list) : "", waiting?.key ?? "", ...(waiting?.card ? [keyOf(waiting.card)] : []), done.now ?? ""], String(done.id));
  }

  /** Others moved or changed something: the lanes are asked anew, but never under somebody's hands. */
  heard(news) {
    const here = news.changes.some((change) => change.form === this.form && !(change.mine && Date.now() - (this.last ?? 0) < 4000));
    if (here || news.missed) this.later();
  }

  later() {
    if (!this.element.isConnected) return;
    if (this.dragged || this.waiting || document.hidden || document.querySelector("dialog[open]")) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.later(), 1500);
    } else this.refresh(this.lanes().map((lane) => lane.dataset.lane));
  }

  // -- lanes

  async more(link) {
    const place = link.closest(".fl-lane-more");
    if (!place || place.classList.contains("fl-lane-more--busy")) return;
    place.classList.add("fl-lane-more--busy");
    const answer = await fetch(link.dataset.more, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) { place.classList.remove("fl-lane-more--busy"); return; }
    const found = document.createElement("template");
    found.innerHTML = await answer.text();
    const focused = document.activeElement === link;
    const lane = place.closest("[data-lane]");
    found.content.querySelectorAll("[data-card]").forEach((card) => card.classList.toggle("fl-ticket--grab", this.drag !== null));
    const first = found.content.querySelector("[data-card]");
    place.replaceWith(found.content);
    if (focused) linkOf(first)?.focus();
    const next = lane.querySelector("[data-more]");
    if (next) new IntersectionObserver((seen, observer) => { if (seen.some((one) => one.isIntersecting)) { observer.disconnect(); this.more(next); } }, { root: lane.querySelector("[data-cards]"), rootMargin: "200px" }).observe(next);
  }

  /** Ask lanes anew: their counts, sums and cards, all shown in one go, so that no card is seen in two. `follow`: the card that keeps the focus. */
  async refresh(keys, follow = null) {
    const wanted = [...new Set(keys)].map((key) => this.lane(key)).filter(Boolean);
    const focused = this.element.contains(document.activeElement) || document.activeElement === document.body || document.activeElement?.closest(".fl-toasts");
    const kept = this.element.contains(document.activeElement) ? document.activeElement.closest("[data-card]")?.dataset.card : null;
    if (follow) this.last = Date.now();
    const asked = await Promise.all(wanted.map(async (lane) => {
      const cards = Math.max(20, lane.querySelectorAll("[data-card]").length);
      const answer = await fetch(`${lane.dataset.address}&cards=${cards}`, { headers: { "HX-Request": "true" } }).catch(() => null);
      return answer?.ok ? answer.text() : "";
    }));
    wanted.forEach((lane, at) => {
      const found = document.createElement("template");
      found.innerHTML = asked[at];
      const made = found.content.querySelector("[data-lane]");
      if (!made || !lane.isConnected || this.dragged) return;
      const top = lane.querySelector("[data-cards]").scrollTop;
      lane.replaceWith(made);
      made.querySelector("[data-cards]").scrollTop = top;
      this.arm(made);
    });
    const card = this.element.querySelector(`[data-card="${follow ?? kept}"]`);
    if (follow && focused) {
      card?.scrollIntoView({ block: "nearest", inline: "nearest" });
      (linkOf(card) ?? this.element).focus({ preventScroll: true });
    } else if (kept && document.activeElement === document.body) linkOf(card)?.focus({ preventScroll: true });
    const tabs = await fetch(this.element.dataset.tabs, { headers: { "HX-Request": "true" } }).catch(() => null);
    const old = document.getElementById("views");
    if (!tabs?.ok || !old || old.contains(document.activeElement)) return;
    const found = document.createElement("template");
    found.innerHTML = await tabs.text();
    const made = found.content.querySelector("#views");
    if (made) { const left = old.scrollLeft; old.replaceWith(made); made.scrollLeft = left; }
  }

  // -- keys and menus

  click(event) {
    if (this.justDragged) { event.preventDefault(); return; }
    const more = event.target.closest("[data-more]");
    if (more) { event.preventDefault(); this.more(more); }
    const menu = event.target.closest("[data-move]");
    if (menu) this.places(menu.closest("[data-card]"));
  }

  key(event) {
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const card = event.target.closest("[data-card]");
    const step = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] }[event.key];
    if (!step || (!card && event.target !== this.element)) return;
    const next = card ? this.beside(card, step) : this.element.querySelector("[data-card]");
    if (!next) return;
    event.preventDefault();
    linkOf(next).focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  beside(card, [across, down]) {
    const cards = (lane) => [...lane.querySelectorAll("[data-card]")];
    const lanes = this.lanes();
    const here = lanes.indexOf(card.closest("[data-lane]"));
    const row = cards(lanes[here]).indexOf(card);
    if (down) return cards(lanes[here])[row + down];
    for (let at = here + across; lanes[at]; at += across) {
      const found = cards(lanes[at]);
      if (found.length) return found[Math.min(row, found.length - 1)];
    }
    return null;
  }

  async places(card) {
    const moves = await this.ask(card);
    if (!moves) { toast({ text: say("failed"), kind: "bad" }); return; }
    this.choose(card, moves.to);
  }

  /** A dialog with every place and its buttons, or why the card can't go there. */
  choose(card, places) {
    const title = say("move_to", { title: card.dataset.title });
    const head = make("h2", { id: "fl-places-title" }, title);
    const close = make("button", { class: "fl-tool", type: "button", "data-close": true, "aria-label": say("close") }, icon("x"));
    const list = make("div", { class: "fl-dialog-body fl-places" });
    const dialog = make("dialog", { class: "fl-dialog fl-dialog--small fl-places-dialog", "aria-labelledby": "fl-places-title" },
      make("div", { class: "fl-dialog-form" }, make("header", { class: "fl-dialog-head" }, head, close), list));
    const open = places.filter((place) => !place.reason);
    for (const place of [...open, ...places.filter((place) => place.reason)]) {
      const lane = this.lane(place.key)?.querySelector("h2");
      const name = () => (lane ? make("span", {}, ...[...lane.childNodes].map((node) => node.cloneNode(true))) : make("b", {}, place.title));
      if (place.reason) list.append(make("div", { class: "fl-place fl-place--shut" }, name(), make("span", { class: "fl-note" }, place.reason)));
      for (const button of place.reason ? [] : place.buttons.length ? place.buttons : [null]) {
        const chosen = make("button", { class: "fl-place", type: "button" }, name(), make("span", { class: "fl-note" }, button?.title));
        chosen.addEventListener("click", () => {
          dialog.flChosen = true;
          dialog.close();
          this.waiting ??= { card, key: place.key, origin: null };
          if (button?.asks) this.open(card, button.name);
          else this.send(card, place.key, button?.name);
        });
        list.append(chosen);
      }
    }
    dialog.addEventListener("close", () => { dialog.remove(); if (!dialog.flChosen) { this.giveUp(); linkOf(card)?.focus({ preventScroll: true }); } });
    document.body.append(dialog);
    dialog.showModal();
    (dialog.querySelector("button.fl-place") ?? close).focus();
  }
}

export function enhance(root) {
  each(root, "[data-board]", "board", (element) => new Board(element));
}

