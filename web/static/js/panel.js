// What every page does: forms that are sent once, copying, counting down. No page depends on it to work.
"use strict";

(() => {
  const seen = new WeakSet();

  // A form is sent once: the button rests until the answer is there, or until it is clear that there is none.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (seen.has(form)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    seen.add(form);
    const button = form.querySelector("[type=submit]");
    if (button) button.setAttribute("aria-busy", "true");
    setTimeout(() => release(form), 8000);
  }, true);

  const release = (form) => {
    seen.delete(form);
    const button = form.querySelector("[aria-busy]");
    if (button) button.removeAttribute("aria-busy");
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest ? event.target.closest("form[data-once]") : null;
    if (form) release(form);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach(release));

  // Parts that are only shown while a choice of the same form has a certain value: data-when="kind=register" or, for
  // several, data-when="kind=announcement|callback".
  const sort = (form) => form.querySelectorAll("[data-when]").forEach((part) => {
    const [name, value] = part.dataset.when.split("=");
    const field = form.elements[name];
    const now = field instanceof HTMLInputElement && field.type === "checkbox" ? String(field.checked) : field && field.value;
    part.hidden = !value.split("|").includes(now);
  });
  document.addEventListener("change", (event) => { if (event.target.form) sort(event.target.form); });

  // Copy the text of an element: data-copy="id".
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    const label = button.querySelector("span") || button;
    const before = label.textContent;
    label.textContent = button.dataset.done;
    setTimeout(() => { label.textContent = before; }, 1500);
  });

  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });

  // Seconds until one may try again.
  const countDown = (element) => {
    const until = Date.now() + Number(element.dataset.wait) * 1000;
    const timer = setInterval(() => {
      const left = Math.ceil((until - Date.now()) / 1000);
      element.textContent = left > 0 ? element.dataset.waitText.replace("{seconds}", left) : element.dataset.waitOver;
      if (left <= 0) { element.classList.add("calm"); clearInterval(timer); }
    }, 250);
  };

  const started = (root) => {
    root.querySelectorAll("[data-wait]").forEach(countDown);
    root.querySelectorAll("[data-back]").forEach((one) => { one.hidden = history.length < 2; one.onclick = () => history.back(); });
    root.querySelectorAll("form").forEach(sort);
    if (root === document) {
      const wrong = document.querySelector("[aria-invalid]");
      if (wrong) wrong.focus();
    }
  };
  started(document);
  document.addEventListener("soribox:shown", (event) => started(event.target));

  // Parts that are fetched anew when the live channel says that what they show has changed.
  document.addEventListener("DOMContentLoaded", () => {
    if (!window.Soribox || !Soribox.live) return;
    const due = new Map();
    const asked = new Map();
    const refresh = async (part) => {
      due.delete(part);
      const mine = (asked.get(part) || 0) + 1;
      asked.set(part, mine);
      const answer = await fetch(part.dataset.refresh);
      if (!answer.ok || answer.redirected) return; // signed out meanwhile
      const html = await answer.text();
      if (mine !== asked.get(part)) return; // a newer answer is on its way, or here already
      const fresh = part.cloneNode(false);
      fresh.append(Soribox.parse(html));
      Soribox.morph(part, fresh);
    };
    Soribox.live.on("region", ({ region }) => document.querySelectorAll("[data-refresh]").forEach((part) => {
      if (!due.has(part) && part.dataset.refreshOn.split(" ").includes(region)) due.set(part, setTimeout(refresh, 150, part));
    }));
  });

  // The user menu closes when one clicks elsewhere or presses Escape.
  const menu = document.querySelector(".user-menu");
  if (menu) {
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") menu.open = false; });
  }
})();
