// The night switch in the header, true in every tab.
"use strict";
Soribox.live.on("region", ({ region, html }) => {
  if (region !== "night") return;
  for (const shown of document.querySelectorAll("[data-night]")) {
    const fresh = shown.cloneNode(false);
    fresh.append(Soribox.parse(html));
    Soribox.morph(shown, fresh);
  }
});
