// The notice that calls were terminated: put above every page of those who manage that, as the live channel tells it.
"use strict";
Soribox.live.on("abuse_notice", ({ html }) => {
  const shown = document.querySelector("[data-abuse-notice]");
  if (shown) shown.replaceChildren(Soribox.parse(html));
});
