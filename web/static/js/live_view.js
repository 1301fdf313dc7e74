// The live view: puts new regions in place of old ones, piece by piece.
"use strict";
(() => {
  Soribox.live.on("region", ({ region, html }) => {
    const shown = document.querySelector(`[data-region="${region}"]`);
    if (!shown) return;
    const fresh = shown.cloneNode(false);
    fresh.append(Soribox.parse(html));
    Soribox.morph(shown, fresh);
    Soribox.live.tick();
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-hang-up]");
    if (!button) return;
    const { sure } = button.closest("[data-sure]").dataset;
    if (!(await Soribox.ask(sure, button.textContent, button))) return;
    button.disabled = true;
    const answer = await fetch(`/calls/${button.dataset.hangUp}/hang-up`, { method: "POST" });
    if (!answer.ok) button.disabled = false;
  });
})();
