// The dialog: links with data-dialog open in it, forms with data-sure are asked about in it. Without scripts the links
// are pages of their own. It keeps one from the page behind it but not from the corner of calls: a call that comes in
// meanwhile is seen and can be worked on. That is why it is not opened with showModal(), and nothing uses confirm().
"use strict";
(() => {
  const dialog = document.getElementById("dialog");
  if (!dialog) return;
  const body = document.getElementById("dialog-body");
  const shade = document.querySelector("[data-shade]");
  const BESIDE = "#dialog, [data-shade], [data-pops], [data-bar], [data-live-signed-out]";
  let opener = null;
  let decide = null;

  function rest(on) {
    for (const one of document.body.children) if (!one.matches(BESIDE)) one.inert = on;
    for (const one of document.querySelectorAll("[data-rests]")) one.inert = on;
    shade.hidden = !on;
  }

  function open(from) {
    if (dialog.open) return;
    opener = from;
    rest(true);
    dialog.show();
  }

  const typed = (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  const inUse = () => [...dialog.querySelectorAll("input:not([type=hidden]), textarea")].some(typed);

  dialog.addEventListener("close", () => {
    rest(false);
    body.replaceChildren();
    if (decide) decide(false);
    decide = null;
    const elsewhere = document.activeElement && document.activeElement.closest("[data-pops], [data-bar]");
    if (opener && opener.isConnected && !elsewhere) opener.focus();
  });

  shade.addEventListener("click", () => {
    if (!inUse()) dialog.close(); // what was typed is only thrown away on purpose
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || !dialog.open) return;
    if (!event.target.closest("[data-pops], [data-bar]") && !inUse()) dialog.close();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && window.htmx && !event.ctrlKey && !event.metaKey && event.button === 0) {
      event.preventDefault();
      window.htmx.ajax("GET", link.getAttribute("href"), { target: "#dialog-body" });
      opener = link;
    } else if (dialog.open && event.target.closest("#dialog [data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== body) return;
    const head = body.querySelector("h1, h2");
    if (head) head.id = "dialog-title";
    open(opener);
    body.dispatchEvent(new CustomEvent("soribox:shown", { bubbles: true }));
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target !== body || !dialog.open) return;
    const wrong = body.querySelector("[aria-invalid]");
    if (!wrong && body.querySelector(":focus")) return; // somebody types already
    const first = wrong || body.querySelector("[autofocus]");
    if (first) first.focus();
  });

  // ------------------------------------------------------------------------------------------------- yes or no

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  // Asks whether one is sure; `yes` is the word on the button that does it. Resolves with true or false.
  function ask(text, yes, from) {
    if (decide) decide(false);
    const go = element("button", { type: "button", className: "button danger", textContent: yes });
    const no = element("button", { type: "button", className: "button", textContent: dialog.dataset.textCancel });
    no.dataset.close = "";
    body.replaceChildren(
      element("h2", { id: "dialog-title", textContent: text }),
      element("div", { className: "buttons" }, go, no),
    );
    open(from);
    no.focus();
    return new Promise((resolve) => {
      decide = resolve;
      go.addEventListener("click", () => {
        decide = null;
        dialog.close();
        resolve(true);
      });
    });
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset.sure) return;
    event.preventDefault();
    const button = event.submitter || form.querySelector("button");
    if (await ask(form.dataset.sure, button.textContent.trim(), button)) form.submit();
  });

  window.Soribox = window.Soribox || {};
  Soribox.ask = ask;
})();
