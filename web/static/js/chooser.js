// The field of the call bar: whom to call, to give the call to, or to ask first. Digits in any form, names, what was
// called last. A number anywhere on the page (data-call-to) is called by a click, or goes into the field during a talk.
"use strict";
(() => {
  const bar = document.querySelector("[data-bar]");
  if (!bar) return;
  const WAIT_MS = 90;
  const form = bar.querySelector("[data-dial]");
  const field = bar.querySelector("[data-dial-field]");
  const list = bar.querySelector("[data-dial-list]");
  const mode = bar.querySelector("[data-dial-mode]");
  let purpose = "dial";
  let call = ""; // which call is given away
  let waiting = 0;
  let asked = 0;
  let looking = null; // the list that is on its way
  const waiters = []; // who waits for a list that was not asked for yet: a later one will do
  let left = 0; // how often the field was left
  let shown = ""; // the chosen caller's number, for one call
  let line = ""; // the chosen analog line, for one call
  let cameFrom = null;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const active = () => list.querySelector("[aria-selected=true]");

  // ------------------------------------------------------------------------------------------------ the list

  async function fetchList() {
    const mine = (asked += 1);
    const wanted = new URLSearchParams({ text: field.value, for: purpose });
    const answer = await fetch(`/desk/targets?${wanted}`).catch(() => null);
    const html = answer && answer.ok && !answer.redirected && (await answer.text());
    if (!html || mine !== asked) return;
    const before = active() && active().dataset.to;
    list.replaceChildren(Soribox.parse(html));
    const usable = options().filter((one) => one.getAttribute("aria-disabled") !== "true");
    const same = before && usable.find((one) => one.dataset.to === before);
    select(same || (field.value.trim() || purpose !== "dial" ? usable[0] : null));
    const number = list.querySelector("[data-dial-shown]");
    if (number && shown) number.value = shown;
    const way = list.querySelector("[data-dial-line]");
    if (way && line) way.value = line;
    Soribox.live.tick();
  }

  function look(after = WAIT_MS) {
    clearTimeout(waiting);
    looking = new Promise((done) => {
      waiters.push(done);
      waiting = setTimeout(() => {
        const mine = waiters.splice(0);
        fetchList().then(() => mine.forEach((tell) => tell()));
      }, after);
    });
    return looking;
  }

  function show(on) {
    list.hidden = !on;
    field.setAttribute("aria-expanded", String(on));
    if (!on) select(null);
  }

  function select(option) {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) {
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  }

  function walk(by) {
    const all = options();
    if (!all.length) return;
    const at = all.indexOf(active());
    select(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
  }

  // --------------------------------------------------------------------------------------------- what it is for

  function use(wanted, which = "") {
    purpose = wanted;
    call = which;
    form.dataset.purpose = wanted;
    mode.hidden = wanted === "dial";
    mode.textContent = wanted === "dial" ? "" : mode.dataset[wanted === "transfer" ? "textTransfer" : "textConsult"];
  }

  function enter() {
    if (!bar.contains(document.activeElement)) cameFrom = document.activeElement;
    field.focus();
    field.select();
    open();
  }

  function open() {
    show(true);
    look(0);
  }

  function leave(back) {
    clearTimeout(waiting);
    asked += 1;
    left += 1;
    use("dial");
    field.value = "";
    shown = "";
    line = "";
    show(false);
    list.replaceChildren();
    const was = cameFrom;
    cameFrom = null;
    if (!back) return;
    if (was && was.isConnected && was !== document.body && !was.closest("[inert]")) was.focus();
    else field.blur();
  }

  async function take(option) {
    if (option && option.getAttribute("aria-disabled") === "true") {
      Soribox.desk.tell(option.dataset.cannot);
      return;
    }
    const typed = field.value.trim();
    const to = option ? option.dataset.to : typed;
    const does = option ? option.dataset.does : "";
    if (!to && !does) return;
    const [what, which, kind] = [purpose, call, option ? option.dataset.kind : "any"];
    let done;
    if (does === "fetch") done = Soribox.desk.step(option.dataset.call, "fetch");
    else if (does === "park") done = Soribox.desk.step(which, "park");
    else if (what === "dial") done = Soribox.desk.dial(to, wishes());
    else done = Soribox.desk.step(which, what, { to, kind });
    const kept = [typed, shown, line];
    leave(true);
    if ((await done) === null && !field.value && kept[0]) [field.value, shown, line] = kept; // refused: nothing typed is lost
  }

  function wishes() {
    return { ...(shown && { shown_number: shown }), ...(Number(line) && { line: Number(line) }) };
  }

  async function go() {
    const mine = left;
    for (let seen = null; seen !== looking && field.value.trim(); ) await (seen = looking);
    if (mine !== left) return;
    take(active() || (purpose === "dial" || !options().length ? null : options()[0]));
  }

  // ---------------------------------------------------------------------------------------------------- people

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
  });

  field.addEventListener("input", () => {
    show(true);
    look();
  });

  field.addEventListener("focus", () => {
    if (list.hidden) open();
  });

  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) open();
      else walk(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      leave(true);
    }
  });

  list.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave(true);
    else if (event.key === "Enter") {
      event.preventDefault();
      go();
    }
  });

  list.addEventListener("mousedown", (event) => {
    if (!event.target.closest("select")) event.preventDefault(); // the field keeps the focus
  });

  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && event.detail < 2) take(option);
  });

  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-dial-shown]")) shown = event.target.value;
    if (event.target.matches("[data-dial-line]")) line = event.target.value;
  });

  form.addEventListener("focusout", (event) => {
    if (form.contains(event.relatedTarget)) return;
    show(false);
    if (purpose !== "dial" && document.hasFocus()) leave(false);
  });

  bar.addEventListener("soribox:field", enter);

  bar.addEventListener("soribox:digit", ({ detail }) => {
    field.value += detail;
  });

  // Pressed after somebody was found, 돌려주기 gives the call to them at once; otherwise it asks to whom.
  bar.addEventListener("soribox:choose", ({ detail }) => {
    const found = !list.hidden && field.value.trim() && active();
    use(detail.purpose, detail.call);
    if (found) take(found);
    else enter();
  });

  bar.addEventListener("soribox:bar", () => {
    const now = Soribox.desk.current();
    if (purpose !== "dial" && (!now || now.id !== call)) leave(bar.contains(document.activeElement));
    else if (!list.hidden && !list.contains(document.activeElement)) look(0); // else it would go from under their hands
  });

  // A number anywhere: called at once, or, in a talk, put where it can be given the call.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-call-to]");
    if (!link || bar.hidden || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.detail > 1) return;
    const now = Soribox.desk.current();
    if (!now || ["ringing", "returned"].includes(now.phase)) {
      Soribox.desk.dial(link.dataset.callTo);
      return;
    }
    field.value = link.dataset.shown || link.dataset.callTo;
    enter();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-give-to]");
    const now = Soribox.desk.current();
    if (button && now && event.detail < 2) Soribox.desk.step(now.id, button.dataset.give, { to: button.dataset.giveTo, kind: "extension" });
  });
})();
