// Puts new regions of a page in place of old ones, piece by piece. Knows no page.
// Whoever has to look at a region afterwards hears the event soribox:region, which bubbles.
"use strict";
Soribox.live.on("region", ({ region, html }) => {
  const shown = document.querySelector(`[data-region="${region}"]`);
  if (!shown) return;
  const fresh = shown.cloneNode(false);
  fresh.append(Soribox.parse(html));
  Soribox.morph(shown, fresh);
  Soribox.live.tick();
  shown.dispatchEvent(new CustomEvent("soribox:region", { bubbles: true }));
});
