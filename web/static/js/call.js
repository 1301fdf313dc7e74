// One call's page: follows the call while it goes on, and shows the player as soon as the recording is there.
"use strict";
(() => {
  const page = document.querySelector("[data-call-page]");
  if (!page) return;
  const call = page.dataset.callPage;
  let asked = 0;

  async function refresh() {
    const mine = (asked += 1);
    const answer = await fetch(location.pathname);
    const html = answer.ok && (await answer.text());
    if (!html || mine !== asked) return;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const shown = document.querySelector("[data-player]");
    const playing = shown && shown.dataset.state === "ready";
    Soribox.morph(document.querySelector("#content"), fresh.querySelector("#content"), (old) => playing && old === shown);
    Soribox.players();
    Soribox.live.tick();
  }

  Soribox.live.on("call", ({ id }) => {
    if (id === call) refresh();
  });
  Soribox.live.on("hello", ({ fresh }) => {
    const state = (document.querySelector("[data-player]") || page).dataset.state;
    if (fresh && (page.dataset.state !== "ended" || state === "joining" || state === "live")) refresh();
  });
})();
