// The live view: asks before a call is ended. Its regions are put in by regions.js.
"use strict";
(() => {
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
