// What waits, beside the menu and on the bell: shown from wherever it comes, asked for every 30 s while nothing is live.
let quiet = false;

/** Put counts into every place that names one. */
export function showCounts(counts) {
  for (const shown of document.querySelectorAll("[data-count]")) {
    const count = counts[shown.dataset.count];
    if (count === undefined) continue;
    const words = count > 999 ? "999+" : String(count);
    if (shown.textContent !== words) shown.textContent = words;
    shown.hidden = !count;
  }
  document.querySelectorAll("[data-count-dot]").forEach((dot) => { dot.hidden = !counts[dot.dataset.countDot]; });
}

/** Live pages needn't ask. */
export function stopAsking(stop) {
  quiet = stop;
}

export function startCounts() {
  const url = document.body.dataset.counts;
  if (!url) return;
  const refresh = async () => {
    if (document.hidden || quiet) return;
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) showCounts(await answer.json());
  };
  setInterval(refresh, 30000);
  document.addEventListener("visibilitychange", refresh);
}
