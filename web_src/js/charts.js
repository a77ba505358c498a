// The drawing itself: ECharts with only the parts we use, SVG (so that no inline style is needed), tooltips drawn too.
import "./app.js";
import { BarChart, LineChart, PieChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { say } from "./texts.js";

use([BarChart, LineChart, PieChart, ScatterChart, GridComponent, LegendComponent, TooltipComponent, TitleComponent, SVGRenderer]);

const DASHES = ["solid", "dashed", "dotted"];
const MARKS = ["circle", "rect", "triangle", "diamond"];
const number = (value) => (value === null || value === undefined ? null : Number(value));

/** Start a chart in `box`; a click on a mark goes where its records are. */
export function start(box, data, go) {
  const engine = init(box, null, { renderer: "svg" });
  engine.on("click", (at) => {
    const href = data.series[data.type === "pie" ? 0 : at.seriesIndex]?.hrefs?.[at.dataIndex];
    if (href) go(href);
  });
  return engine;
}

const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The chart as an SVG picture in the theme's colours, under its title and what is told beneath (period and day). */
export function picture(engine, title, told, colours) {
  const [width, height] = [engine.getWidth(), engine.getHeight()];
  const drawn = engine.getDom().querySelector("svg").cloneNode(true);
  drawn.setAttribute("x", "16");
  drawn.setAttribute("y", "60");
  const inner = new XMLSerializer().serializeToString(drawn);
  const font = escaped(getComputedStyle(document.body).fontFamily);
  const [wide, tall] = [width + 32, height + 76];
  return { wide, tall, text: `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${tall}" viewBox="0 0 ${wide} ${tall}"><rect width="100%" height="100%" fill="${colours.surface}"/>`
    + `<text x="16" y="30" font-family="${font}" font-size="15" font-weight="600" fill="${colours.text}">${escaped(title)}</text><text x="16" y="49" font-family="${font}" font-size="12" fill="${colours.quiet}">${escaped(told)}</text>${inner}</svg>` };
}

const labelOf = (series, index) => series.labels?.[index] || (series.values[index] === null || series.values[index] === undefined ? "–" : String(series.values[index]));

/** The tooltip's words: the place, each series with its figure, how many records a click opens. */
function words(data, index) {
  const lines = data.series.map((series) => `${series.name}  ${labelOf(series, index)}`);
  const counts = data.series.map((series) => series.counts?.[index]).filter((count) => count != null);
  const opens = data.series.some((series) => series.hrefs?.[index]);
  return [data.categories[index], ...lines, ...(opens && counts.length ? [say("records", { n: counts[counts.length - 1] })] : [])].join("\n");
}

function tooltip(colours, formatter, trigger) {
  return {
    trigger, renderMode: "richText", confine: true, formatter, backgroundColor: colours.raised, borderColor: colours.edge, borderWidth: 1, padding: [8, 10],
    textStyle: { color: colours.text, fontSize: 12, lineHeight: 18 }, axisPointer: { type: "shadow", shadowStyle: { color: colours.line, opacity: 0.6 } },
  };
}

/** 1284000 -> 128万 or 1.3M: only for the ticks of an axis. */
function tick(value, data) {
  if (data.percent) return `${Math.round(value * 100)}%`;
  const large = Math.abs(value);
  if (document.documentElement.lang.startsWith("zh")) return large >= 1e8 ? `${+(value / 1e8).toFixed(1)}亿` : large >= 1e4 ? `${+(value / 1e4).toFixed(1)}万` : String(value);
  return large >= 1e6 ? `${+(value / 1e6).toFixed(1)}M` : large >= 1e4 ? `${+(value / 1e3).toFixed(1)}k` : String(value);
}

function axes(data, colours, width) {
  const horizontal = Boolean(data.horizontal);
  const text = { color: colours.quiet, fontSize: 12 };
  const names = data.ticks ?? data.categories;
  const long = Math.max(...names.map((name) => String(name).length));
  const category = {
    type: "category", data: names, inverse: horizontal, boundaryGap: data.type === "bar", axisTick: { show: false }, axisLine: { lineStyle: { color: colours.line } },
    axisLabel: { ...text, hideOverlap: true, ...(horizontal ? { width: Math.min(168, width * 0.34), overflow: "truncate" } : { width: Math.max(40, width / Math.max(1, data.categories.length) + 24), overflow: "truncate", interval: width / names.length > 8 * long + 8 ? 0 : "auto" }) },
  };
  const value = { type: "value", min: data.series.some((series) => series.values.some((one) => number(one) < 0)) ? null : 0, minInterval: data.percent ? null : data.series.every((series) => series.values.every((one) => one === null || Number.isInteger(Number(one)))) ? 1 : null, splitNumber: 4, axisLabel: { ...text, formatter: (one) => tick(one, data) }, splitLine: { lineStyle: { color: colours.line } } };
  return horizontal ? { xAxis: value, yAxis: category } : { xAxis: category, yAxis: value };
}

function marks(data, colours) {
  let place = 0;
  return data.series.map((series) => {
    const order = series.previous ? null : place++;
    const shade = series.previous ? colours.previous : colours.series[order % colours.series.length];
    const values = series.values.map(number);
    const common = { name: series.name, data: values, itemStyle: { color: shade }, stack: data.stacked ? "all" : undefined, cursor: series.hrefs?.some(Boolean) ? "pointer" : "default", emphasis: { focus: "none" } };
    if (data.type === "bar") return { ...common, type: "bar", barMaxWidth: 28, itemStyle: { color: shade, borderRadius: data.stacked ? 0 : data.horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] } };
    if (data.stacked) return { ...common, type: "line", lineStyle: { color: shade, width: 1.5 }, showSymbol: false, areaStyle: { color: shade, opacity: 0.55 }, data: values.map((one) => one ?? 0) };
    return { ...common, type: "line", lineStyle: { color: shade, width: 2, type: series.previous ? "dashed" : DASHES[order % DASHES.length] }, symbol: MARKS[(order ?? 0) % MARKS.length], symbolSize: 5, showSymbol: values.length <= 40, connectNulls: false, areaStyle: data.type === "area" && !series.previous ? { color: shade, opacity: 0.16 } : undefined };
  });
}

function pie(data, colours, width) {
  const [series] = data.series;
  const long = Math.max(...data.categories.map((name, index) => wide(`${name}${labelOf(series, index)}`)));
  const narrow = width < 330 || width * 0.38 < long + 30; // the legend goes beneath where it has no room beside
  const crowded = narrow && data.categories.length > 3; // then the legend takes more lines, the ring less
  const hole = (crowded ? 0.38 : 0.5) * Math.min(width, 260); // what doesn't fit in the ring isn't said there
  const unit = wide(data.unit ?? "") < hole - 12 ? data.unit : "";
  const shown = new Map(data.categories.map((name, index) => [name, `${name}  {b|${labelOf(series, index)}}`]));
  return {
    tooltip: tooltip(colours, (at) => words(data, at.dataIndex), "item"),
    title: data.total ? { text: data.total, subtext: unit, left: narrow ? "50%" : "32%", top: crowded ? "25%" : narrow ? "33%" : "42%", textAlign: "center", itemGap: 2, textStyle: { color: colours.text, fontSize: 18, fontWeight: 600 }, subtextStyle: { color: colours.quiet, fontSize: 12 } } : undefined,
    legend: { orient: narrow ? "horizontal" : "vertical", ...(narrow ? { bottom: 0, left: "center" } : { left: "62%", top: "middle" }), icon: "roundRect", itemWidth: 9, itemHeight: 9, itemGap: narrow ? 8 : 10, selectedMode: false, formatter: (name) => shown.get(name) ?? name, textStyle: { color: colours.quiet, fontSize: 12.5, rich: { b: { fontWeight: 600, color: colours.text, fontSize: 12.5 } } } },
    series: [{
      type: "pie", radius: crowded ? ["38%", "58%"] : ["50%", "74%"], center: narrow ? ["50%", crowded ? "32%" : "40%"] : ["32%", "50%"], label: { show: false }, cursor: series.hrefs?.some(Boolean) ? "pointer" : "default",
      itemStyle: { borderColor: colours.surface, borderWidth: 2 }, emphasis: { scale: false },
      data: data.categories.map((name, index) => ({ name, value: number(series.values[index]), itemStyle: { color: colours.series[index % colours.series.length] } })),
    }],
  };
}

function scatter(data, colours) {
  const text = { color: colours.quiet, fontSize: 12 };
  const axis = (place) => ({
    type: "value", name: data.axes[place], nameLocation: place ? "end" : "middle", nameGap: place ? 14 : 26, nameTextStyle: { ...text, align: place ? "left" : "center" }, scale: false, splitNumber: 4,
    axisLine: { show: !place, lineStyle: { color: colours.line } }, axisTick: { show: false }, axisLabel: { ...text, formatter: (one) => tick(one, data) }, splitLine: { lineStyle: { color: colours.line } },
  });
  const many = data.series.length > 1;
  return {
    xAxis: axis(0), yAxis: axis(1), grid: { left: 4, right: 24, top: 38, bottom: 22, containLabel: true },
    legend: many ? { right: 4, top: 0, type: "scroll", itemWidth: 10, itemHeight: 10, textStyle: { color: colours.quiet, fontSize: 12.5 } } : undefined,
    tooltip: tooltip(colours, (at) => {
      const series = data.series[at.seriesIndex];
      const lines = series.labels[at.dataIndex].map((words, place) => `${data.axes[place]}  ${words}`);
      return [series.names[at.dataIndex], ...(many ? [series.name] : []), ...lines, ...(series.hrefs[at.dataIndex] ? [say("records", { n: series.counts[at.dataIndex] })] : [])].join("\n");
    }, "item"),
    series: data.series.map((series, order) => ({
      type: "scatter", name: series.name, data: series.points.map((point) => point.map(Number)), symbol: MARKS[order % MARKS.length], symbolSize: 11, cursor: series.hrefs.some(Boolean) ? "pointer" : "default",
      itemStyle: { color: colours.series[order % colours.series.length], opacity: 0.8, borderColor: colours.surface, borderWidth: 1 }, emphasis: { focus: "none" },
    })),
  };
}

/** About how wide words are drawn, in pixels. */
const wide = (words) => [...String(words)].reduce((sum, sign) => sum + (sign > "\u2e7f" ? 13 : 7), 0);

/** Bars lie down where their names have no room beneath them; days and months follow one another and may be left out. */
const layered = (data, width) => (data.type === "bar" && !data.ticks && Math.max(...data.categories.map(wide)) + 4 > (width - 48) / data.categories.length ? { ...data, horizontal: true } : data);

/** ECharts' options for our JSON, in the theme's colours, for a box of that width. */
export function options(data, colours, width) {
  const common = { animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily } };
  if (data.type === "pie") return { ...common, ...pie(data, colours, width) };
  if (data.type === "scatter") return { ...common, ...scatter(data, colours) };
  data = layered(data, width);
  const many = data.series.length > 1;
  const lines = Math.ceil(data.series.reduce((sum, series) => sum + wide(series.name) + 38, 0) / width); // of the legend
  return {
    ...common,
    ...axes(data, colours, width),
    grid: { left: 4, right: 12, top: many ? 14 + 22 * Math.min(lines, 3) : 12, bottom: 4, containLabel: true },
    legend: many ? { right: 4, top: 0, type: lines > 3 ? "scroll" : "plain", itemWidth: data.type === "bar" ? 10 : 18, itemHeight: 10, icon: data.type === "bar" ? "roundRect" : undefined, textStyle: { color: colours.quiet, fontSize: 12.5 }, data: data.series.map((series) => series.name) } : undefined,
    tooltip: tooltip(colours, (at) => words(data, at[0].dataIndex), "axis"),
    series: marks(data, colours),
  };
}
