// Dashboards: each [data-chart] is drawn from the JSON inside it. ECharts comes as a chunk of its own, after the page is
// readable; drawing waits until a chart is near the screen.
import { each, on } from "./page.js";
import { say } from "./texts.js";

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
document.addEventListener("fl:theme", () => requestAnimationFrame(() => drawn.forEach((chart) => chart.engine && draw(chart))));
