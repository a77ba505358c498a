// A map of records: dragged, scrolled and moved by keys. Where it comes to rest is an address that the server draws, so
// this script only tells which.
import "./app.js";
import htmx from "htmx.org";
import { peek } from "./drawer.js";
import { each, isPhone, later } from "./page.js";

const TILE = 256;

/** The address of the map with its middle moved by so many units and so many zooms, around a point of the picture. */
function moved(box, dx, dy, zooms = 0, px = 0, py = 0) {
  const now = JSON.parse(box.dataset.map);
  const zoom = Math.max(now.farthest, Math.min(now.nearest, now.zoom + zooms));
  const times = 2 ** (zoom - now.zoom);
  const world = TILE * 2 ** zoom;
  const x = Math.max(0, Math.min(world, (now.x + px) * times - px + dx));
  const y = Math.max(0, Math.min(world, (now.y + py) * times - py + dy));
  const latitude = (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / world))) * 180) / Math.PI;
  return `${box.dataset.base}&at=${latitude.toFixed(6)},${((x / world) * 360 - 180).toFixed(6)},${zoom}`;
}

function go(box, href) {
  box.classList.add("fl-map--busy");
  const focus = document.activeElement?.matches(".fl-map-picture");
  htmx.ajax("GET", href, { target: "#list", swap: "outerHTML" }).then(() => { if (focus) document.querySelector(".fl-map-picture")?.focus({ preventScroll: true }); });
}

const KEYS = { ArrowLeft: [-160, 0], ArrowRight: [160, 0], ArrowUp: [0, -120], ArrowDown: [0, 120], "+": [0, 0, 1], "=": [0, 0, 1], "-": [0, 0, -1] };

function dragged(box, picture) {
  let from = null;
  const units = () => picture.viewBox.baseVal.width / picture.clientWidth;
  const shift = (x, y) => { for (const part of picture.querySelectorAll(".fl-map-ground, .fl-map-pins")) part.setAttribute("transform", `translate(${x} ${y})`); };
  picture.addEventListener("pointerdown", (event) => { if (event.button === 0) from = { x: event.clientX, y: event.clientY, held: false }; });
  picture.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [x, y] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.held && Math.hypot(x, y) < 5) return;
    if (!from.held) { from.held = true; picture.setPointerCapture(event.pointerId); box.classList.add("fl-map--held"); }
    shift(x * units(), y * units());
  });
  picture.addEventListener("pointerup", (event) => {
    if (from?.held) go(box, moved(box, (from.x - event.clientX) * units(), (from.y - event.clientY) * units()));
    box.classList.remove("fl-map--held");
    setTimeout(() => { from = null; });
  });
  picture.addEventListener("pointercancel", () => { from = null; shift(0, 0); box.classList.remove("fl-map--held"); });
  picture.addEventListener("click", (event) => { if (from?.held) { event.preventDefault(); event.stopImmediatePropagation(); } }, true);
  picture.addEventListener("dragstart", (event) => event.preventDefault());
}

function scrolled(box, picture) {
  let turned = 0;
  const settle = later(160, (event) => {
    const size = picture.getBoundingClientRect();
    const units = picture.viewBox.baseVal.width / size.width;
    const [px, py] = [(event.clientX - size.left - size.width / 2) * units, (event.clientY - size.top - size.height / 2) * units];
    const zooms = turned < 0 ? 1 : -1;
    turned = 0;
    go(box, moved(box, 0, 0, zooms, px, py));
  });
  picture.addEventListener("wheel", (event) => {
    event.preventDefault();
    turned += event.deltaY;
    settle(event);
  }, { passive: false });
}

function start(box) {
  const picture = box.querySelector(".fl-map-picture");
  const rowOf = (pin) => [...document.querySelectorAll("#list tr[data-href]")].find((row) => row.dataset.href === pin.getAttribute("href"));
  dragged(box, picture);
  scrolled(box, picture);
  box.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-map-go], a[data-pin]");
    if (!link || event.ctrlKey || event.metaKey) return;
    const row = link.hasAttribute("data-pin") ? rowOf(link) : null;
    if (link.hasAttribute("data-pin") && (isPhone() || !row)) return;
    event.preventDefault();
    if (row) peek(row, true);
    else go(box, link.getAttribute("href"));
  });
  picture.addEventListener("keydown", (event) => {
    if (event.target !== picture || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    go(box, moved(box, ...KEYS[event.key]));
  });
  const beside = box.parentElement.querySelector(".fl-map-beside");
  const mark = (event) => {
    const row = event.target.closest("tr[data-href]");
    for (const pin of box.querySelectorAll("a[data-pin]")) pin.classList.toggle("fl-pin--at", pin.getAttribute("href") === row?.dataset.href);
  };
  for (const kind of ["mouseover", "focusin"]) beside.addEventListener(kind, mark);
}

export function enhance(root) {
  each(root, "[data-map]", "map", start);
}
