// The picture of a whole workflow: dagre says where, we draw plain SVG (no foreignObject, no style attributes).
// The text version stands in the page for everybody; this only adds the picture.
import "./app.js";
import { Graph, layout } from "@dagrejs/dagre";

const NS = "http://www.w3.org/2000/svg";
const PAD = 14, HIGH = 36, LINE = 16, MOST = 22;
let serial = 0;

function draw(name, attributes, ...children) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) if (value != null) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const pen = document.createElement("canvas").getContext("2d");
function wide(text, size) {
  pen.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

const short = (text) => {
  let width = 0;
  for (let i = 0; i < text.length; i += 1) {
    width += text.charCodeAt(i) > 255 ? 2 : 1;
    if (width > MOST * 1.6 && i < text.length - 1) return `${text.slice(0, i)}…`;
  }
  return text;
};

/** The lines of an edge's label: each button, and beneath it who may press it. Two buttons at most, the rest counted. */
function lines(labels) {
  const shown = labels.slice(0, 2).flatMap(([title, who]) => (who ? [{ text: short(title) }, { text: short(who), small: true }] : [{ text: short(title) }]));
  return labels.length > 2 ? [...shown, { text: `+${labels.length - 2}`, small: true }] : shown;
}

function arranged(data, direction) {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: direction, nodesep: direction === "LR" ? 34 : 26, ranksep: direction === "LR" ? 26 : 30, edgesep: 16, marginx: 10, marginy: 10 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of data.states) {
    const choice = node.kind === "choice";
    graph.setNode(node.name, { ...node, width: choice ? 22 : Math.max(76, wide(node.title, 13.5) + 2 * PAD + 10), height: choice ? 22 : HIGH });
  }
  for (const edge of data.edges) {
    const text = lines(edge.labels);
    const width = Math.max(...text.map((line) => wide(line.text, line.small ? 11 : 12))) + 8;
    graph.setEdge(edge.from, edge.to, { ...edge, text, width, height: text.length * LINE, labelpos: "c", weight: edge.taken ? 4 : 1 });
  }
  layout(graph);
  return graph;
}

const along = (points) => {
  const [first, ...rest] = points;
  let path = `M${first.x} ${first.y}`;
  for (let i = 0; i < rest.length; i += 1) {
    const here = rest[i], next = rest[i + 1];
    path += next ? ` Q${here.x} ${here.y} ${(here.x + next.x) / 2} ${(here.y + next.y) / 2}` : ` L${here.x} ${here.y}`;
  }
  return path;
};

function edgeOf(edge, marker) {
  const group = draw("g", { class: `fl-graph-edge${edge.taken ? " fl-graph-edge--taken" : ""}` }, draw("path", { d: along(edge.points), "marker-end": `url(#${marker})` }));
  const label = draw("g", { class: "fl-graph-label" }, draw("rect", { x: edge.x - edge.width / 2, y: edge.y - edge.height / 2, width: edge.width, height: edge.height, rx: 3 }));
  edge.text.forEach((line, number) => label.append(draw("text", { x: edge.x, y: edge.y - edge.height / 2 + number * LINE + 12, "text-anchor": "middle", class: line.small ? "fl-graph-small" : null }, line.text)));
  return [group, label];
}

function nodeOf(node) {
  const { x, y, width, height } = node;
  const kind = `fl-graph-node fl-graph-node--${node.kind}${node.passed ? " fl-graph-node--passed" : ""}${node.now ? " fl-graph-node--now" : ""}`;
  if (node.kind === "choice") return draw("g", { class: kind }, draw("path", { d: `M${x} ${y - 12} L${x + 12} ${y} L${x} ${y + 12} L${x - 12} ${y} Z` }));
  const box = { x: x - width / 2, y: y - height / 2, width, height, rx: node.final ? height / 2 : 7 };
  const group = draw("g", { class: kind });
  if (node.now) group.append(draw("rect", { class: "fl-graph-ring", x: box.x - 4, y: box.y - 4, width: width + 8, height: height + 8, rx: box.rx + 4 }));
  group.append(draw("rect", { ...box }), draw("text", { x, y: y + 5, "text-anchor": "middle" }, node.title));
  return group;
}

/** Draw one figure. Of both directions the one is taken that needs less scrolling. */
function picture(figure) {
  const data = JSON.parse(figure.querySelector("script").textContent);
  figure.hidden = false;
  const room = figure.clientWidth - 24;
  const both = ["LR", "TB"].map((direction) => arranged(data, direction));
  const graph = both[0].graph().width <= room ? both[0] : both[1];
  const { width, height } = graph.graph();
  const scale = Math.max(0.82, Math.min(1, room / width, (innerHeight * 0.88 - 200) / height)); // smaller letters can't be read
  const marker = `fl-arrow-${(serial += 1)}`;
  const svg = draw("svg", { class: "fl-graph-svg", viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`, width: Math.ceil(width * scale), height: Math.ceil(height * scale), role: "img", "aria-label": figure.dataset.label });
  const arrow = (id, kind) => draw("marker", { id, class: kind, viewBox: "0 0 8 8", refX: 7, refY: 4, markerUnits: "userSpaceOnUse", markerWidth: 10, markerHeight: 10, orient: "auto-start-reverse" }, draw("path", { d: "M0 0 L8 4 L0 8 Z" }));
  svg.append(draw("defs", {}, arrow(marker, "fl-graph-arrow"), arrow(`${marker}-taken`, "fl-graph-arrow fl-graph-arrow--taken")));
  const labels = [];
  const edges = graph.edges().map((one) => graph.edge(one)).sort((a, b) => Number(a.taken) - Number(b.taken));
  for (const edge of edges) {
    const [line, label] = edgeOf(edge, edge.taken ? `${marker}-taken` : marker);
    svg.append(line);
    labels.push(label);
  }
  svg.append(...labels, ...graph.nodes().map((name) => nodeOf(graph.node(name))));
  figure.querySelector("svg")?.remove();
  figure.append(svg);
  const now = data.states.find((node) => node.now);
  if (now) {
    const at = graph.node(now.name);
    figure.scrollLeft = at.x * scale - figure.clientWidth / 2;
    figure.scrollTop = at.y * scale - figure.clientHeight / 2;
  }
}

/** Draw what is under `root` and visible; a dialog's picture is drawn when it stands open. */
export function enhance(root) {
  const figures = [...root.querySelectorAll("[data-graph]")];
  for (const figure of figures) if (!figure.querySelector("svg")) requestAnimationFrame(() => picture(figure));
}
