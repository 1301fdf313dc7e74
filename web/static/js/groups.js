// The order of a group's members: dragged, or moved with the buttons or Alt and the arrow keys. What is ticked stands
// first; the order of the boxes in the page is the order in which they are sent. Without scripts the order stays.
"use strict";

(() => {
  const list = document.querySelector("[data-order]");
  if (!list) return;
  const said = document.querySelector("[data-order-said]");
  const isIn = (row) => row.querySelector("[name=members]").checked;
  const chosen = () => [...list.children].filter(isIn);

  const moved = (row, focused) => {
    if (focused) focused.focus();
    const rows = chosen();
    const told = { name: row.dataset.member, place: rows.indexOf(row) + 1, of: rows.length };
    said.textContent = list.dataset.moved.replace(/{(\w+)}/g, (_, name) => told[name]);
    list.dispatchEvent(new CustomEvent("soribox:moved", { bubbles: true }));
  };

  const move = (row, up, focused) => {
    const rows = chosen();
    const other = rows[rows.indexOf(row) + (up ? -1 : 1)];
    if (!isIn(row) || !other) return;
    if (up) other.before(row);
    else other.after(row);
    moved(row, focused);
  };

  list.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) move(button.closest("li"), button.dataset.move === "up", button);
  });

  list.addEventListener("keydown", (event) => {
    const up = event.key === "ArrowUp";
    if (!event.altKey || !(up || event.key === "ArrowDown")) return;
    event.preventDefault();
    move(event.target.closest("li"), up, event.target);
  });

  // A member that is ticked comes last of those that are in, one that is not any more first of the others.
  list.addEventListener("change", (event) => {
    if (event.target.name !== "members") return;
    const row = event.target.closest("li");
    row.classList.toggle("in", event.target.checked);
    const last = chosen().filter((one) => one !== row).pop();
    if (last) last.after(row);
    else list.prepend(row);
    event.target.focus();
  });

  let dragged = null;
  list.addEventListener("dragstart", (event) => {
    const row = event.target.closest("li");
    if (!row || !isIn(row)) { event.preventDefault(); return; }
    dragged = row;
    event.dataTransfer.effectAllowed = "move";
    row.classList.add("dragged");
  });
  list.addEventListener("dragover", (event) => {
    const row = event.target.closest("li");
    if (!dragged) return;
    event.preventDefault();
    if (!row || row === dragged || !isIn(row)) return;
    const { top, height } = row.getBoundingClientRect();
    if (event.clientY < top + height / 2) row.before(dragged);
    else row.after(dragged);
  });
  list.addEventListener("drop", (event) => event.preventDefault());
  list.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("dragged");
    moved(dragged, null);
    dragged = null;
  });
})();
