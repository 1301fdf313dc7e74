// A customer's card: rows for numbers, and taking over a stored value after a conflict.
"use strict";
document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-add-number]")) {
    const numbers = on("[data-numbers]");
    const lines = numbers.querySelectorAll(".number-line");
    const line = lines[lines.length - 1].cloneNode(true);
    const input = line.querySelector("input");
    input.value = "";
    input.setAttribute("aria-label", numbers.dataset.label.replace("{n}", lines.length + 1));
    lines[lines.length - 1].after(line);
    input.focus();
  } else if (on("[data-remove-number]")) {
    const line = on(".number-line");
    if (line.parentElement.querySelectorAll(".number-line").length > 1) line.remove();
    else line.querySelector("input").value = "";
  } else if (on("[data-customer] [data-take]")) {
    const { take, value } = on("[data-take]").dataset;
    on("form").elements[take].value = value;
    on(".pop-clash").remove();
  }
});
