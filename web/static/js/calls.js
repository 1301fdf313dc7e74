// The call log: rows follow their calls, new calls are offered rather than pushed in, filters show what belongs to them.
"use strict";
(() => {
  const rowOf = (call) => document.getElementById(`call-${call}`);
  const waiting = new Set();
  const again = new Set();

  async function refreshRow(call) {
    if (waiting.has(call)) {
      again.add(call);
      return;
    }
    waiting.add(call);
    try {
      const answer = await fetch(`/calls/${encodeURIComponent(call)}/row`);
      const row = rowOf(call);
      if (!answer.ok || !row) return;
      const fresh = Soribox.parse(await answer.text()).querySelector("tr");
      if (fresh) Soribox.morph(row, fresh);
      Soribox.live.tick();
    } finally {
      waiting.delete(call);
      if (again.delete(call)) refreshRow(call);
    }
  }

  Soribox.live.on("call", ({ id, state }) => {
    if (rowOf(id)) refreshRow(id);
    else if (state === "arrived") {
      const offer = document.querySelector("[data-new-calls]");
      if (offer) offer.hidden = false;
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-new-calls]")) location.reload();
  });

  const filters = document.querySelector("[data-filters]");
  filters.addEventListener("change", () => {
    filters.querySelector("[data-range]").hidden = filters.elements.period.value !== "range";
  });
  // Empty fields do not belong into the address.
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== filters) return;
    for (const name of [...event.detail.formData.keys()]) {
      if (event.detail.formData.get(name) === "") event.detail.formData.delete(name);
    }
  });
})();
