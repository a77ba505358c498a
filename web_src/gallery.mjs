// Make the gallery from the code blocks of COMPONENTS.md: node gallery.mjs STATIC_FOLDER OUT_FOLDER
// One page per block name (list, form, record, …), in the frame or without, to be looked at; never shipped.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [, , statics, out] = process.argv;
mkdirSync(out, { recursive: true });
const manifest = JSON.parse(readFileSync(join(statics, "manifest.json"), "utf8"));
const blocks = {};
for (const [, name, html] of readFileSync(new URL("COMPONENTS.md", import.meta.url), "utf8").matchAll(/```html (\w+)\n([\s\S]*?)```/g)) {
  blocks[name] = (blocks[name] ?? "") + html;
}
const bodies = { list: "fl-page fl-page--flush", record: "fl-page fl-page--acts", form: "fl-page fl-page--acts", login: "fl-plain" };
const rules = readFileSync(new URL("gallery-rules.json", import.meta.url), "utf8");
for (const name of Object.keys(blocks).filter((each) => each !== "frame")) {
  const inside = name === "login" ? blocks.login : blocks.frame.replace("MAIN", blocks[name]).replaceAll("页面标题", { list: "退货申请", form: "新建退货申请", dashboard: "销售漏斗", home: "早上好，晓雯" }[name] ?? "RT-202611-0042");
  const scripts = ["app.js", ...(name === "form" ? ["form.js"] : []), ...(name === "dashboard" ? ["dashboard.js"] : [])];
  const html = `<!doctype html><html lang="zh" data-bs-theme="light"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"><title>${name}</title>
<link rel="icon" href="/static/favicon.svg"><link rel="stylesheet" href="/static/${manifest["app.css"]}">${scripts.map((file) => `<script type="module" src="/static/${manifest[file]}"></script>`).join("")}</head>
<body class="${bodies[name] ?? "fl-page"}">${inside}${name === "form" ? `<script type="application/json" id="fl-form-rules">${rules}</script>` : ""}</body></html>`;
  writeFileSync(join(out, `${name}.html`), html);
}
