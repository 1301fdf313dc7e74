// Announcements: one sound at a time; placeholders are put into the text; a file that is too large is refused before it is sent.
"use strict";

(() => {
  document.addEventListener("play", (event) => {
    for (const other of document.querySelectorAll("audio.listen")) if (other !== event.target) other.pause();
  }, true);

  // A placeholder is put where the cursor is in the text.
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-insert]");
    const text = chip && chip.closest("form").elements.text;
    if (!text) return;
    text.setRangeText(chip.dataset.insert, text.selectionStart, text.selectionEnd, "end");
    text.focus();
  });

  const file = document.querySelector("input[type=file][data-largest]");
  if (!file) return;
  const check = () => {
    const sent = file.files[0];
    const large = sent && sent.size > Number(file.dataset.largest) * 1e6;
    file.setCustomValidity(large ? file.dataset.tooLarge : "");
    if (large) file.reportValidity();
    return !large;
  };
  file.addEventListener("change", check);
  file.form.addEventListener("submit", (event) => {
    if (!check()) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    document.querySelector("[data-sending]").hidden = !file.files.length;
  });
})();
