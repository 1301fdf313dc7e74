// One's own state in the header: chosen with the mouse or with F4 and a digit, true in every tab. Where it stands is the
// page's business: whatever has data-own-state is kept up to date.
"use strict";
(() => {
  const menuOf = (within) => within.querySelector("[data-own-menu]");
  let heard = 0; // how often the channel has told of the state
  let shut = 0; // how often it has closed an open menu by that

  function put(html) {
    for (const shown of document.querySelectorAll("[data-own-state]")) {
      const fresh = shown.cloneNode(false);
      fresh.append(Soribox.parse(html));
      const before = menuOf(shown);
      const after = menuOf(fresh);
      const stays = before && after && before.open && before.dataset.kind === after.dataset.kind;
      if (stays) after.open = true; // somebody is choosing
      else if (before && before.open) {
        shut += 1;
        close(before);
      }
      Soribox.morph(shown, fresh);
    }
    Soribox.live.tick();
  }

  Soribox.live.on("region", ({ region, html }) => {
    if (region !== "own_state") return;
    heard += 1;
    put(html);
  });

  // The channel may tell of the new state before the answer is here. What it told is newer then, and a menu that it has
  // closed may have been opened again by now: the answer changes neither.
  async function send(form, submitter) {
    const before = { heard, shut };
    const sent = new URLSearchParams(new FormData(form, submitter));
    const menu = form.closest("[data-own-menu]");
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: sent, headers: { "HX-Request": "true" } });
    if (answer.redirected) {
      location.reload(); // signed out meanwhile, or a password must be chosen first
      return;
    }
    const fragment = (answer.headers.get("Content-Type") || "").startsWith("text/html");
    if (fragment && [200, 422].includes(answer.status)) {
      const html = await answer.text();
      if (answer.ok && menu && before.shut === shut) close(menu);
      if (!answer.ok || before.heard === heard) put(html);
    } else if (answer.headers.get("HX-Redirect")) {
      put(await (await fetch("/agents/own-state")).text());
    } else location.reload();
  }

  function close(menu) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-own-form]")) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("[data-own-menu][open]")) {
      if (!menu.contains(event.target) || event.target.closest("[data-own-menu] a")) menu.open = false;
    }
  });

  // F4 opens the choice from anywhere; a digit takes one, arrows walk, Escape goes back.
  let cameFrom = null;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const menu = menuOf(document);
    if (event.key === "F4" && !menu) {
      const choose = document.querySelector("[data-own-state] a[data-dialog]");
      if (!choose || choose.closest("[inert]")) return;
      event.preventDefault();
      choose.click();
      return;
    }
    if (!menu) return;
    if (event.key === "F4") {
      event.preventDefault();
      if (menu.closest("[inert]")) return; // a dialog is open
      if (menu.open) {
        menu.open = false;
        if (cameFrom && cameFrom.isConnected) cameFrom.focus();
        return;
      }
      cameFrom = document.activeElement;
      menu.open = true;
      (menu.querySelector("[aria-current]") || menu.querySelector(".own-kind")).focus();
      return;
    }
    if (!menu.open || !menu.contains(event.target)) return;
    const kinds = [...menu.querySelectorAll(".own-kind")];
    if (event.key === "Escape") {
      close(menu);
      if (cameFrom && cameFrom.isConnected && cameFrom !== document.body) cameFrom.focus();
    } else if (event.target.matches("input")) {
      return;
    } else if (/^[1-9]$/.test(event.key) && kinds[event.key - 1]) {
      event.preventDefault();
      kinds[event.key - 1].click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const at = kinds.indexOf(document.activeElement);
      kinds[(at + step + kinds.length) % kinds.length].focus();
    }
  });
})();
