// Hold pages against Lighthouse: `node lighthouse.mjs`, with JSON on stdin:
//   {chrome, server, login or cookie, device: "desktop" | "mobile", categories: [...], pages: {name: path}, still: true | false}
// `still`: as fast as the machine goes (no slow line is played): what isn't of time is the same.
// For each page one line {page, scores: {category: 0..100}, below: [[audit, score, what it says]], numbers: {audit: value}}.
import { readFileSync } from "node:fs";
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const asked = JSON.parse(readFileSync(0, "utf8"));

/** Step in as one of the demo's people; the session's cookie. */
async function enter() {
  const answer = await fetch(`${asked.server}/welcome`, { method: "POST", body: new URLSearchParams({ as: asked.login }), headers: { Origin: asked.server }, redirect: "manual" });
  return answer.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
}

const cookie = asked.cookie ?? await enter();
const chrome = await launch({
  chromePath: asked.chrome,
  chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  logLevel: "silent",
});
try {
  for (const [page, path] of Object.entries(asked.pages)) {
    const flags = { port: chrome.port, logLevel: "silent", onlyCategories: asked.categories, extraHeaders: { Cookie: cookie } };
    if (asked.still) Object.assign(flags, { throttlingMethod: "provided", maxWaitForLoad: 15000 });
    const { lhr } = await lighthouse(asked.server + path, flags, asked.device === "desktop" ? desktopConfig : undefined);
    if (lhr.runtimeError) throw new Error(`${path}: ${lhr.runtimeError.message}`);
    const categories = Object.values(lhr.categories);
    const weighed = new Set(categories.flatMap((one) => one.auditRefs.filter((ref) => ref.weight > 0).map((ref) => ref.id)));
    const audits = Object.values(lhr.audits);
    const below = audits.filter((one) => weighed.has(one.id) && one.score !== null && one.score < 1);
    const measured = audits.filter((one) => one.numericValue !== undefined);
    console.log(JSON.stringify({
      page,
      scores: Object.fromEntries(categories.map((one) => [one.id, Math.round(one.score * 100)])),
      below: below.map((one) => [one.id, one.score, one.displayValue ?? one.title]),
      numbers: Object.fromEntries(measured.map((one) => [one.id, one.numericValue])),
    }));
  }
} finally {
  chrome.kill();
}
