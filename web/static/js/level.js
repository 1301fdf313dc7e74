// Shows how loud analog lines are, as the live channel tells: the bar is what is heard, the mark its highest point.
"use strict";
(() => {
  const QUIETEST = -60; // dBFS at the left end
  const HOLDS_MS = 1200; // the mark stays where it was, so that it can be read
  const WARNS_MS = 5000; // so long after the last sample that was cut off
  const NOTHING_MS = 1500; // after that without a word, the line is not heard
  const known = new Map();

  const share = (db) => `${Math.max(0, Math.min(100, (1 - db / QUIETEST) * 100)).toFixed(1)}%`;

  function paint(line, { peak, rms, clips }) {
    for (const shown of document.querySelectorAll(`[data-level="${line}"]`)) {
      const bar = shown.querySelector("[role=meter]");
      bar.style.setProperty("--rms", share(rms));
      bar.style.setProperty("--peak", share(peak));
      bar.setAttribute("aria-valuenow", Math.round(Math.max(QUIETEST, peak)));
      shown.querySelector("[data-level-peak]").textContent = rms === null ? "–" : peak.toFixed(1).replace("-", "−");
      shown.querySelector("[data-level-clip]").hidden = !clips;
    }
  }

  Soribox.live.on("level", ({ line, peak, rms, clipped }) => {
    const now = performance.now();
    const before = known.get(line) || { peak: QUIETEST, at: 0, clipped, clippedAt: -WARNS_MS, gone: 0 };
    const holds = before.peak > peak && now - before.at < HOLDS_MS;
    const clippedAt = clipped > before.clipped ? now : before.clippedAt;
    clearTimeout(before.gone);
    const gone = setTimeout(() => paint(line, { peak: QUIETEST, rms: null, clips: false }), NOTHING_MS);
    const state = holds ? { peak: before.peak, at: before.at } : { peak, at: now };
    known.set(line, { ...state, clipped, clippedAt, gone });
    paint(line, { peak: state.peak, rms, clips: now - clippedAt < WARNS_MS });
  });
})();
