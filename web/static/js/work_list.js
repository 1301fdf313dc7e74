// A list that is worked through by keys: arrows choose a line, its keys press its buttons, the live channel keeps it true.
// Lines are tr[data-item] in [data-work-list="<kind>"]; what has data-work-key="KeyD" is pressed by that key.
"use strict";
(() => {
  const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog, [data-bar], [data-pops], [data-own-state]";
  const list = () => document.getElementById("work-list");
  const lines = () => [...list().querySelectorAll("tr[data-item]")];
  const line = () => chosen && lines().find((one) => one.dataset.item === chosen);
  let chosen = "";
  let place = 0; // where the chosen line stood, for when it goes
  let again = false;
  let asked = 0;

  // ------------------------------------------------------------------------------------------------- choosing

  function choose(row, focus = true) {
    for (const one of lines()) one.setAttribute("aria-selected", String(one === row));
    chosen = row ? row.dataset.item : "";
    if (!row) return;
    place = lines().indexOf(row);
    row.scrollIntoView({ block: "nearest" });
    if (focus) row.focus({ preventScroll: true });
  }

  function walk(by) {
    const all = lines();
    if (!all.length) return;
    const at = all.indexOf(line());
    choose(all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]);
  }

  function press(key) {
    const row = line();
    const button = (row && row.querySelector(`[data-work-key="${key}"]`)) || document.querySelector(`[data-list-key="${key}"]`);
    if (button) button.click();
    return Boolean(button);
  }

  function tick(row) {
    const box = row && row.querySelector("[data-choose]");
    if (box) box.checked = !box.checked;
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || !list()) return;
    if (event.target.closest(TYPING) || document.querySelector("dialog[open]")) return;
    const onButton = event.target.closest("a, button, summary, input");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") walk(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Home" || event.key === "End") walk(event.key === "Home" ? -Infinity : Infinity);
    else if (event.key === "Enter") {
      if (onButton || event.repeat || !line() || !press("Enter")) return;
    } else if (event.code === "Space") {
      if (onButton || !line()) return;
      tick(line());
    } else if (event.shiftKey || event.repeat || !/^Key[A-Z]$/.test(event.code) || !press(event.code)) return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("#work-list tr[data-item]");
    if (row) choose(row, !event.target.closest("a, button, input"));
  });

  // ------------------------------------------------------------------------------------------- several at once

  const ticked = () => [...document.querySelectorAll("[data-choose]:checked")].map((box) => box.value);

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-choose-all]")) return;
    for (const box of document.querySelectorAll("[data-choose]")) box.checked = event.target.checked;
  });

  // Those that are ticked, else the chosen one, go with the link to the dialog.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-with-chosen]");
    if (!link) return;
    const ids = ticked().length ? ticked() : chosen ? [chosen] : [];
    const path = link.getAttribute("href").split("?")[0];
    link.setAttribute("href", ids.length ? `${path}?ids=${ids.join(",")}` : path);
  }, true);

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-unassign]");
    const ids = ticked().length ? ticked() : chosen ? [chosen] : [];
    if (!button || !ids.length) return;
    await Soribox.sent(button.dataset.unassign, { ids: ids.join(",") });
    for (const box of document.querySelectorAll("[data-choose], [data-choose-all]")) box.checked = false;
  });

  // --------------------------------------------------------------------------------------------------- kept true

  async function refresh() {
    const [mine, where] = [(asked += 1), location.href];
    const answer = await fetch(where).catch(() => null);
    if (!answer || answer.redirected) return;
    const fresh = Soribox.parse(await answer.text()).querySelector("#work-list");
    if (mine !== asked || !fresh || !list()) return; // a newer answer is on its way, or here already
    if (where !== location.href) {
      look(); // other filters were chosen meanwhile
      return;
    }
    const had = list().contains(document.activeElement) && document.activeElement.matches("tr");
    Soribox.morph(list(), fresh);
    if (!chosen) return;
    const all = lines();
    const row = line() || all[Math.min(place, all.length - 1)];
    if (row) choose(row, had || document.activeElement === document.body);
    else chosen = "";
  }

  function look() {
    if (again) return;
    again = true;
    setTimeout(() => {
      again = false;
      refresh();
    }, 120);
  }

  for (const kind of ["callbacks", "recalls"]) {
    Soribox.live.on(kind, () => {
      if (list() && list().dataset.workList === kind) look();
    });
  }

  const filters = document.querySelector("[data-filters]");
  if (!filters) return;
  filters.addEventListener("change", () => {
    const range = filters.querySelector("[data-range]");
    if (range) range.hidden = filters.elements.period.value !== "range";
  });
  // Empty fields do not belong into the address.
  document.body.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== filters) return;
    for (const name of [...event.detail.formData.keys()]) {
      if (event.detail.formData.get(name) === "") event.detail.formData.delete(name);
    }
  });
})();
