// The pops: cards of calls in the corner of every page. What is typed is never lost and never touched by updates:
// drafts are kept in this browser until they are saved or dropped, and a form in use is left alone.
"use strict";
(() => {
  const ELSEWHERE_MS = 8000;
  const DRAFT_MS = 7 * 24 * 3600 * 1000;
  const MOST_CLOSED = 60;
  const FIELDS = ["name", "company", "memo"];
  const MOST_OVER = 3; // finished calls that stay on the screen; the call log has them all
  const OVER = new Set(["taken", "ended", "missed"]);
  const RINGS = new Set(["ringing"]);

  const dock = document.querySelector("[data-pops]");
  if (!dock) return;
  const list = dock.querySelector("[data-pops-list]");
  const store = `soribox.pop.${dock.dataset.user}`;
  const title = document.title;
  const going = new Map(); // call → timer that puts it away

  // ------------------------------------------------------------------------------------------ kept in this browser

  function read(name, otherwise) {
    try {
      return JSON.parse(localStorage.getItem(`${store}.${name}`)) ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  function write(name, value) {
    try {
      if (value === null) localStorage.removeItem(`${store}.${name}`);
      else localStorage.setItem(`${store}.${name}`, JSON.stringify(value));
    } catch {
      // a full or forbidden storage: the text is still in the page
    }
  }

  function stored(prefix) {
    const start = `${store}.${prefix}`;
    return Object.keys(localStorage).filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
  }

  const draftOf = (call) => read(`draft.${call}`, null);
  const closed = () => read("closed", []);
  const rememberClosed = (call) => write("closed", [...closed().filter((one) => one !== call), call].slice(-MOST_CLOSED));
  const pinned = () => read("pinned", []);

  for (const call of stored("draft.")) {
    const draft = draftOf(call);
    if (!draft || Date.now() - draft.at > DRAFT_MS) write(`draft.${call}`, null);
  }

  Soribox.live.inHello(() => ({ keep: [...stored("draft."), ...pinned()], closed: closed() }));

  // ------------------------------------------------------------------------------------------------ a card's form

  const cardOf = (call) => document.getElementById(`pop-${call}`);
  const formOf = (card) => card.querySelector("[data-pop-form]");
  const dirty = (form) => !!form && FIELDS.some((name) => form.elements[name].value !== form.elements[name].defaultValue);
  const inUse = (form) => dirty(form) || (!!form && form.contains(document.activeElement) && document.activeElement.matches("input, textarea"));
  const busy = (card) => inUse(formOf(card));

  function note(card, text) {
    const shown = card.querySelector("[data-pop-note]");
    if (shown) shown.textContent = text;
  }

  function keepDraft(card) {
    const form = formOf(card);
    const call = card.dataset.call;
    if (!dirty(form)) {
      write(`draft.${call}`, null);
      note(card, "");
      return;
    }
    const draft = { at: Date.now(), id: form.elements.id.value, seen: form.elements.seen_ms.value };
    for (const name of FIELDS) draft[name] = form.elements[name].value;
    write(`draft.${call}`, draft);
    note(card, dock.dataset.textUnsaved);
  }

  function restoreDraft(card) {
    const form = formOf(card);
    const draft = draftOf(card.dataset.call);
    if (!form || !draft) return;
    for (const name of FIELDS) form.elements[name].value = draft[name];
    if (!dirty(form)) {
      write(`draft.${card.dataset.call}`, null); // it was saved, only the answer had been lost
      return;
    }
    form.elements.id.value = draft.id;
    form.elements.seen_ms.value = draft.seen;
    note(card, dock.dataset.textUnsaved);
  }

  async function save(card) {
    const form = formOf(card);
    const button = form.querySelector("[data-pop-save]");
    if (button.disabled) return false;
    const sent = new FormData(form);
    button.disabled = true;
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(sent) });
      const shown = ![200, 409, 422].includes(answer.status) ? null : Soribox.parse(await answer.text()).firstElementChild;
      if (!shown || !shown.matches(".pop")) throw new Error(String(answer.status));
      apply(card, shown, sent, answer.status);
      return answer.status === 200;
    } catch {
      note(card, dock.dataset.textNotSent); // the text stays, here and in the draft
      return false;
    } finally {
      button.disabled = false;
    }
  }

  // The answer to a save. Whatever was typed after it was sent stays typed.
  function apply(card, shown, sent, status) {
    const form = formOf(card);
    const typed = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
    const known = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].defaultValue]));
    Soribox.morph(card, shown);
    for (const name of FIELDS) {
      const input = form.elements[name];
      if (status !== 200) input.defaultValue = known[name];
      const trimmed = status === 200 && typed[name] === sent.get(name);
      input.value = trimmed ? input.defaultValue : typed[name];
    }
    if (dirty(form)) keepDraft(card);
    else write(`draft.${card.dataset.call}`, null);
    tidy();
  }

  // ------------------------------------------------------------------------------------------------- the cards

  // What the last save came to is this tab's own: the box tells of calls, not of that.
  function protect(old) {
    return old.matches("[data-pop-note]") || (old.matches("[data-pop-form]") && inUse(old));
  }

  const known = new Set(); // calls that this page has had a card of

  function put(call, html) {
    const fresh = Soribox.parse(html).firstElementChild;
    let card = cardOf(call);
    const before = card ? card.dataset.phase : "";
    if (card) Soribox.morph(card, fresh, protect);
    else {
      card = fresh;
      list.append(card);
      if (RINGS.has(card.dataset.phase) && !known.has(call)) fold(false);
      known.add(call);
      if (pinned().includes(call)) pin(card, true);
      restoreDraft(card);
    }
    const phase = card.dataset.phase;
    if (phase !== before) phaseChanged(card, before);
    if (OVER.has(phase) && phase !== before) makeRoom();
    Soribox.live.tick();
    tidy();
    return card;
  }

  function phaseChanged(card, before) {
    const { phase, call } = card.dataset;
    const other = [...list.children].find((one) => one !== card && one.hasAttribute("data-open"));
    const mayOpen = !other || (!busy(other) && other.dataset.phase !== "talking");
    if (phase === "talking" || phase === "calling" || phase === "ringing" || !before) {
      if (mayOpen || (phase === "talking" && !busy(other))) open(card);
    }
    if (!RINGS.has(phase)) Soribox.notices.withdraw(call);
    clearTimeout(going.get(call));
    if (phase === "elsewhere" || phase === "taken") going.set(call, setTimeout(() => retire(card), ELSEWHERE_MS));
  }

  function retire(card) {
    if (!card.isConnected || busy(card) || card.hasAttribute("data-pinned") || card.matches(":hover")) {
      if (card.isConnected) going.set(card.dataset.call, setTimeout(() => retire(card), ELSEWHERE_MS));
      return;
    }
    close(card);
  }

  // Folded, the corner is small enough to leave tables their right end; whatever comes anew unfolds it.
  const folder = dock.querySelector("[data-pops-fold]");

  function fold(on) {
    dock.toggleAttribute("data-folded", on);
    folder.setAttribute("aria-expanded", String(!on));
    folder.textContent = on ? folder.dataset.textUnfold : folder.dataset.textFold;
    try {
      sessionStorage.setItem(`${store}.folded`, on ? "1" : "");
    } catch {
      // it is only a wish
    }
  }

  folder.addEventListener("click", () => fold(!dock.hasAttribute("data-folded")));
  try {
    if (sessionStorage.getItem(`${store}.folded`)) fold(true);
  } catch {
    // nothing is remembered
  }

  // Pages can be scrolled far enough that their last lines are not under the corner.
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--pops-room", list.children.length ? `${dock.offsetHeight + 24}px` : "0px");
  }).observe(dock);

  function open(card) {
    for (const other of list.children) other.toggleAttribute("data-open", other === card);
    card.scrollIntoView({ block: "nearest" });
  }

  function close(card) {
    const { call } = card.dataset;
    rememberClosed(call);
    write(`draft.${call}`, null);
    write("pinned", pinned().filter((one) => one !== call));
    Soribox.live.send({ do: "close", id: call });
    remove(card);
  }

  function remove(card) {
    clearTimeout(going.get(card.dataset.call));
    Soribox.notices.withdraw(card.dataset.call);
    const wasOpen = card.hasAttribute("data-open");
    card.remove();
    if (wasOpen && list.lastElementChild) open(list.lastElementChild);
    tidy();
  }

  function leave(card) {
    if (!card.hasAttribute("data-on-line") && (card.dataset.phase === "talking" || card.dataset.phase === "calling")) {
      card.removeAttribute("data-open"); // a talk of one's own is only made small
      return;
    }
    if (!dirty(formOf(card))) {
      close(card);
      return;
    }
    open(card);
    const asked = card.querySelector("[data-pop-leave]");
    asked.hidden = false;
    asked.querySelector("[data-leave-save]").focus();
  }

  function pin(card, on) {
    card.toggleAttribute("data-pinned", on);
    card.querySelector("[data-pop-pin]").setAttribute("aria-pressed", String(on));
    const others = pinned().filter((one) => one !== card.dataset.call);
    write("pinned", on ? [...others, card.dataset.call].slice(-20) : others);
  }

  function makeRoom() {
    const spare = (card) => OVER.has(card.dataset.phase) && !busy(card) && !card.hasAttribute("data-pinned");
    const over = [...list.children].filter((card) => spare(card) && !card.matches(":hover, :focus-within"));
    for (const card of over.slice(0, -MOST_OVER)) close(card);
  }

  function tidy() {
    const cards = [...list.children];
    if (cards.length && !cards.some((card) => card.hasAttribute("data-open")) && cards.length === 1) {
      if (!cards[0].dataset.seen) open(cards[0]);
    }
    for (const card of cards) card.dataset.seen = "1";
    dock.toggleAttribute("data-some", cards.length > 0);
    const rings = cards.find((card) => RINGS.has(card.dataset.phase));
    document.title = rings ? `☎ ${rings.dataset.notifyTitle}` : title;
    askForNotices();
  }

  // ------------------------------------------------------------------------------------------ desktop notices

  function askForNotices() {
    const may = "Notification" in window && Notification.permission === "default";
    for (const button of document.querySelectorAll("[data-notify-ask]")) button.hidden = !may;
    const bar = dock.querySelector("[data-pops-bar]");
    const elsewhere = document.querySelector("main [data-notify-ask]");
    bar.hidden = !may || !list.children.length || !!elsewhere;
  }

  // -------------------------------------------------------------------------------------------------- messages

  Soribox.live.on("pop", (message) => {
    if (closed().includes(message.id) && !draftOf(message.id)) return;
    const isNew = !cardOf(message.id);
    const card = put(message.id, message.html);
    if (isNew && RINGS.has(card.dataset.phase)) {
      const { notifyTitle, notifyBody } = card.dataset;
      dock.querySelector("[data-pops-told]").textContent = `${notifyTitle} ${notifyBody}`;
      const rings = () => card.isConnected && RINGS.has(card.dataset.phase);
      Soribox.notices.show(message.id, notifyTitle, notifyBody, rings);
    }
  });

  Soribox.live.on("pops", ({ items }) => {
    const there = new Set(items.map((item) => item.id));
    for (const card of [...list.children]) {
      if (!there.has(card.dataset.call) && !busy(card)) remove(card);
    }
    for (const item of items) put(item.id, item.html);
  });

  function closedElsewhere(call) {
    const card = cardOf(call);
    if (!card || busy(card)) return;
    rememberClosed(call);
    remove(card);
  }

  Soribox.live.on("pop_closed", ({ id }) => closedElsewhere(id));

  // Tabs of one browser need no channel for that.
  window.addEventListener("storage", ({ key }) => {
    if (key === `${store}.closed`) closed().forEach(closedElsewhere);
  });

  // ---------------------------------------------------------------------------------------------------- people

  list.addEventListener("input", (event) => {
    const card = event.target.closest(".pop");
    if (card && event.target.closest("[data-pop-form]")) keepDraft(card);
  });

  list.addEventListener("submit", (event) => {
    event.preventDefault();
    save(event.target.closest(".pop"));
  });

  list.addEventListener("click", async (event) => {
    const card = event.target.closest(".pop");
    const on = (selector) => event.target.closest(selector);
    if (!card) return;
    if (on("[data-pop-close]")) leave(card);
    else if (on("[data-pop-pin]")) pin(card, !card.hasAttribute("data-pinned"));
    else if (on("[data-take]")) {
      const { take, value } = on("[data-take]").dataset;
      formOf(card).elements[take].value = value;
      keepDraft(card);
    } else if (on("[data-leave-save]")) {
      if (await save(card)) close(card);
      else card.querySelector("[data-pop-leave]").hidden = true;
    } else if (on("[data-leave-drop]")) close(card);
    else if (on("[data-leave-stay]")) card.querySelector("[data-pop-leave]").hidden = true;
    else if (on("[data-pop-toggle]") && !on("a, button")) {
      if (dock.hasAttribute("data-folded")) {
        fold(false);
        open(card);
      } else if (card.hasAttribute("data-open")) card.removeAttribute("data-open");
      else open(card);
    }
  });

  list.addEventListener("keydown", (event) => {
    const card = event.target.closest(".pop");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && card && formOf(card)) {
      event.preventDefault();
      save(card);
    } else if (event.key === "Escape" && card && !event.isComposing) {
      document.activeElement.blur();
      if (cameFrom && cameFrom.isConnected && !cameFrom.closest("[inert]")) cameFrom.focus();
    }
  });

  // F2 goes to the newest card and on to the next one, from anywhere; Escape goes back.
  let cameFrom = null;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F2" || !list.children.length) return;
    event.preventDefault();
    if (!dock.contains(document.activeElement)) cameFrom = document.activeElement;
    const cards = [...list.children].reverse();
    const at = cards.findIndex((card) => card.contains(document.activeElement));
    const card = cards[(at + 1) % cards.length];
    fold(false);
    open(card);
    const form = formOf(card);
    const field = form && (form.elements.name.value ? form.elements.memo : form.elements.name);
    (field || card.querySelector("[data-pop-close]")).focus();
  });

  document.addEventListener("click", async (event) => {
    if (!event.target.closest("[data-notify-ask]")) return;
    await Notification.requestPermission();
    askForNotices();
  });

  askForNotices();
})();
