// The page of colleagues: shows the rows that contain every word of the search box. "/" goes to the box, Escape empties it.
"use strict";
(() => {
  const box = document.querySelector("[data-find]");
  if (!box) return;
  const fold = (text) => text.normalize("NFC").toLowerCase();

  function sort() {
    const words = fold(box.value).split(/\s+/).filter(Boolean);
    let found = 0;
    const rows = document.querySelectorAll("[data-words]");
    for (const row of rows) {
      const text = fold(row.dataset.words);
      row.hidden = !words.every((word) => text.includes(word));
      if (!row.hidden) found += 1;
    }
    document.querySelector("[data-none]").hidden = found > 0 || rows.length === 0;
  }

  box.addEventListener("input", sort);
  document.addEventListener("soribox:region", sort);
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const typing = event.target.closest("input, textarea, select, dialog[open]");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape" && event.target === box && box.value) {
      event.preventDefault();
      box.value = "";
      sort();
    }
  });
  sort();
})();
