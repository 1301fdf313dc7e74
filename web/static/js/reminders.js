// What one is reminded of on every page, and the counts beside the menu; and the small things of dialogs that belong to
// any page: they are done in place, and say so for a moment. Alt+R calls the promised call that is due.
"use strict";
(() => {
  const TOLD_MS = 5000;
  const strip = document.querySelector("[data-reminders]");
  const told = document.querySelector("[data-done-told]");
  if (!strip || !told) return;
  const notified = new Set();
  let hush = 0;

  const hidden = () => sessionStorage.getItem("soribox.hidden") || "";

  function hide() {
    for (const one of strip.querySelectorAll("[data-hideable]")) one.hidden = one.dataset.hideable === hidden();
    strip.hidden = ![...strip.children].some((one) => !one.hidden);
  }

  function notify() {
    const here = new Set([...strip.querySelectorAll("[data-notify-title]")].map((one) => one.id));
    for (const gone of [...notified]) {
      if (here.has(gone)) continue;
      notified.delete(gone);
      Soribox.notices.withdraw(gone);
    }
    for (const one of strip.querySelectorAll("[data-notify-title]")) {
      if (notified.has(one.id)) continue;
      notified.add(one.id);
      const { notifyTitle, notifyBody } = one.dataset;
      Soribox.notices.show(one.id, notifyTitle, notifyBody, () => notified.has(one.id));
    }
  }

  Soribox.live.on("reminders", ({ html, counts }) => {
    const fresh = strip.cloneNode(false);
    fresh.append(Soribox.parse(html));
    Soribox.morph(strip, fresh);
    hide();
    notify();
    for (const [name, count] of Object.entries(counts)) {
      for (const shown of document.querySelectorAll(`[data-count="${name}"]`)) {
        shown.textContent = count;
        shown.hidden = !count;
      }
    }
  });

  strip.addEventListener("click", (event) => {
    const button = event.target.closest("[data-hide]");
    if (!button) return;
    sessionStorage.setItem("soribox.hidden", button.closest("[data-hideable]").dataset.hideable);
    hide();
  });

  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.code !== "KeyR") return;
    const call = strip.querySelector("[data-due-call]");
    if (!call) return;
    event.preventDefault();
    if (!event.repeat) call.click();
  });

  // ------------------------------------------------------------------------------------------- done in place

  function tell(text) {
    clearTimeout(hush);
    told.textContent = text;
    told.hidden = !text;
    if (text) hush = setTimeout(tell, TOLD_MS, "");
  }

  document.addEventListener("soribox-done", (event) => {
    const dialog = document.getElementById("dialog");
    if (dialog && dialog.open && event.target.closest("#dialog")) dialog.close();
    tell(event.detail.text || "");
  });

  // Sends a form's fields; what was done is told in place.
  async function sent(path, fields) {
    const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields), headers: { "HX-Request": "true" } });
    if (answer.redirected) location.reload(); // signed out meanwhile
    const done = JSON.parse(answer.headers.get("HX-Trigger") || "{}")["soribox-done"];
    if (done) tell(done.text || "");
    return answer.ok;
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-in-place]")) return;
    event.preventDefault();
    sent(event.target.getAttribute("action"), new FormData(event.target));
  });

  document.addEventListener("click", (event) => {
    const fill = event.target.closest("[data-fill]");
    if (!fill) return;
    const field = fill.closest("form").elements[fill.dataset.fill];
    field.value = fill.dataset.value;
    field.focus();
  });

  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-tick-all]");
    if (!all) return;
    for (const box of all.closest("form").querySelectorAll(`[data-tick="${all.dataset.tickAll}"]`)) box.checked = all.checked;
  });

  window.Soribox = window.Soribox || {};
  Soribox.sent = sent;
})();
