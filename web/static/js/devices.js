// Shift+Z opens the trial call, as users of caller-ID programs know it.
"use strict";
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
  if (event.code !== "KeyZ" || !event.shiftKey || event.ctrlKey || event.altKey || event.metaKey || typing) return;
  event.preventDefault();
  document.querySelector("[data-simulate]")?.click();
});
