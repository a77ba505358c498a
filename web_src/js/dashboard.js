// Dashboards: each [data-chart] is drawn from the JSON inside it. ECharts comes as a chunk of its own, after the page is
// readable; drawing waits until a chart is near the screen.
import "./app.js";
import { each, on } from "./page.js";
import { learn, say } from "./texts.js";

learn({
  zh: {
    records: "{n} 条 · 点击查看", table: "看表格", chart: "看图", no_data: "这段时间没有数据", total: "合计",
  },
  en: {
    records: "{n} records · click to open", table: "See as table", chart: "See as chart", no_data: "No data in this period", total: "Total",
  },
});

const drawn = new Set();
let loading = null;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--fl-${name}`).trim();

function palette() {
  return {
    series: [1, 2, 3, 4, 5, 6, 7].map((number) => colour(`chart-${number}`)), previous: colour("chart-previous"),
    text: colour("text"), quiet: colour("text-2"), line: colour("line"), surface: colour("surface"), raised: colour("raised"), edge: colour("line-2"),
  };
}

async function draw(chart) {
  loading ??= import("./charts.js");
  const { options, start } = await loading;
  chart.engine ??= start(chart.box, chart.data, (href) => location.assign(href));
  chart.engine.setOption(options(chart.data, palette(), chart.box.clientWidth), true);
  chart.element.classList.remove("fl-chart--loading");
  chart.element.removeAttribute("aria-busy");
}

function prepare(element, watcher) {
  const script = element.querySelector("script[type='application/json']");
  if (!script) return;
  const data = JSON.parse(script.textContent);
  const box = document.createElement("div");
  box.className = "fl-chart-svg";
  element.setAttribute("role", "img");
  if (data.label) element.setAttribute("aria-label", data.label);
  element.append(box);
  const chart = { element, box, data, engine: null };
  element.flChart = chart;
  drawn.add(chart);
  watcher.observe(element);
  new ResizeObserver(() => {
    if (!chart.engine || !box.clientWidth) return;
    chart.engine.resize();
    draw(chart);
  }).observe(element);
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    watcher.unobserve(entry.target);
    draw(entry.target.flChart);
  }
}, { rootMargin: "200px" });

/** Draw all charts under `root` that aren't drawn yet. */
export function enhance(root) {
  for (const chart of drawn) if (!chart.element.isConnected) { chart.engine?.dispose(); drawn.delete(chart); }
  each(root, "[data-chart]", "chart", (element) => prepare(element, watcher));
}

function keep(href, name) {
  const link = document.createElement("a");
  link.href = href;
  link.download = name;
  link.click();
}

/** Keep a chart as a file: a drawing (svg), or a picture twice as fine as on the screen (png). */
on("click", "[data-picture]", async (event, button) => {
  const widget = button.closest(".fl-widget");
  const chart = widget?.querySelector("[data-chart]")?.flChart;
  button.closest("details")?.removeAttribute("open");
  if (!chart) return;
  if (!chart.engine) await draw(chart);
  const { picture } = await loading;
  const title = widget.querySelector("h2").textContent;
  const { wide, tall, text } = picture(chart.engine, title, button.dataset.told, palette());
  const url = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  if (button.dataset.picture === "svg") { keep(url, `${title}.svg`); return; }
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [wide * 2, tall * 2];
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  keep(canvas.toDataURL("image/png"), `${title}.png`);
});

on("click", "[data-table-toggle]", (event, button) => {
  const widget = button.closest(".fl-widget, .fl-card");
  const table = widget?.querySelector("[data-chart-table]");
  const chart = widget?.querySelector("[data-chart], [data-chart-static]");
  if (!table || !chart) return;
  table.hidden = !table.hidden;
  chart.hidden = !table.hidden;
  const words = [...button.childNodes].reverse().find((node) => node.nodeType === Node.TEXT_NODE || node.tagName === "SPAN");
  if (words) words.textContent = say(table.hidden ? "table" : "chart");
  button.closest("details")?.removeAttribute("open");
});
// What others do shows: the cards whose records changed are asked again, at most every five seconds, and never one in which
// somebody is (a menu open, the focus, the pointer). What was shown as a table stays one; nothing moves meanwhile.
const OFTEN = 5000;
const stale = new Set();
let asking = null;

const inUse = (card) => Boolean(card.matches(":hover, :focus-within") || card.querySelector("details[open]"));

async function askAgain() {
  asking = null;
  for (const card of document.querySelectorAll("[data-again]")) {
    if (!stale.has(card.dataset.of) || inUse(card)) continue;
    const answer = await fetch(card.dataset.again, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok || inUse(card) || !card.isConnected) continue;
    const table = card.querySelector("[data-chart-table]:not([hidden])") !== null;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
    if (!fresh || fresh.outerHTML === card.flCame) continue;
    const height = card.offsetHeight;
    fresh.flCame = fresh.outerHTML;
    fresh.style.minHeight = `${height}px`;
    card.replaceWith(fresh);
    document.body.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: fresh } }));
    if (table) fresh.querySelector("[data-table-toggle]")?.click();
    setTimeout(() => { fresh.style.minHeight = ""; }, 1500);
  }
  const left = [...document.querySelectorAll("[data-again]")].some((card) => stale.has(card.dataset.of) && inUse(card));
  if (left) asking = setTimeout(askAgain, OFTEN); else stale.clear();
}

document.addEventListener("fl:live", (event) => {
  const cards = [...document.querySelectorAll("[data-again]")].map((card) => card.dataset.of);
  for (const form of event.detail.missed ? cards : event.detail.changes.map((change) => change.form)) if (cards.includes(form)) stale.add(form);
  if (stale.size) asking ??= setTimeout(askAgain, OFTEN);
});

document.addEventListener("fl:theme", () => requestAnimationFrame(() => drawn.forEach((chart) => chart.engine && draw(chart))));
