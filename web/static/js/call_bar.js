// The call bar: its buttons are steps of the API, its keys press its buttons, the live channel keeps it true.
// Soribox.desk.step(call, step, what) takes a step; whatever has data-step, data-call and data-what does so when clicked.
"use strict";
(() => {
  const bar = document.querySelector("[data-bar]");
  if (!bar) return;
  const TOLD_MS = 6000;
  const AGAIN_MS = 600;
  const told = bar.querySelector("[data-bar-told]");
  const pad = bar.querySelector("[data-pad]");
  const calls = bar.querySelector("[data-bar-calls]");
  const under = new Set(); // what has been sent and was not answered yet
  let hush = 0;
  let cameFrom = null;

  const extension = () => bar.dataset.extension;

  function tell(text) {
    clearTimeout(hush);
    told.textContent = text;
    told.hidden = !text;
    if (text) hush = setTimeout(() => tell(""), TOLD_MS);
  }

  // ------------------------------------------------------------------------------------------------- the API

  function send(path, body, mark) {
    return fetch(`/api/v1${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": mark },
      body: JSON.stringify(body),
    });
  }

  // Sends once, and once more when no answer came: the mark keeps it from being done twice. Resolves with the answer,
  // or null when it was refused, which the bar says.
  async function post(path, what) {
    const body = { ...what, extension: extension() };
    const key = path + JSON.stringify(body);
    if (under.has(key)) return null;
    under.add(key);
    const mark = crypto.randomUUID();
    try {
      const answer = await send(path, body, mark).catch(async () => {
        await new Promise((done) => setTimeout(done, AGAIN_MS));
        return send(path, body, mark);
      });
      if (answer.status === 401) location.reload();
      const json = (answer.headers.get("Content-Type") || "").startsWith("application/json") ? await answer.json() : {};
      tell(answer.ok ? "" : json.message || bar.dataset.textLost);
      return answer.ok ? json : null;
    } catch {
      tell(bar.dataset.textLost);
      return null;
    } finally {
      under.delete(key);
    }
  }

  const step = (call, name, what) => post(`/calls/${encodeURIComponent(call)}/${name}`, what || {});
  const dial = (to, more) => post("/desk/dial", { to, ...more });
  const current = () => {
    const shown = bar.querySelector("[data-current]");
    return shown ? { id: shown.dataset.current, phase: shown.dataset.phase } : null;
  };

  // ------------------------------------------------------------------------------------------- what the box says

  function place(has) {
    const own = document.querySelector("[data-own-state]");
    const here = document.querySelector(`[data-own-place="${has ? "bar" : "head"}"]`);
    if (own && here && own.parentElement !== here) here.append(own);
    bar.hidden = !has;
  }

  Soribox.live.on("call_bar", (message) => {
    bar.dataset.extension = message.extension;
    place(Boolean(message.extension));
    const fresh = calls.cloneNode(false);
    fresh.append(Soribox.parse(message.html));
    const open = calls.querySelector("[data-announcements]:not([hidden])");
    Soribox.morph(calls, fresh);
    Soribox.live.tick();
    const now = current();
    if (!now || (!protect.hidden && now.id !== guarded.call)) close();
    else if (!protect.hidden) showGuarded();
    if (open && !now) goBack();
    bar.dispatchEvent(new CustomEvent("soribox:bar"));
  });

  // --------------------------------------------------------------------------------------- keypad, announcements

  const protect = bar.querySelector("[data-protect]");
  const sounds = () => calls.querySelector("[data-announcements]");

  function close() {
    pad.hidden = true;
    protect.hidden = true;
    const list = sounds();
    if (list) list.hidden = true;
    for (const button of document.querySelectorAll("[data-opens]")) button.setAttribute("aria-expanded", "false");
  }

  function goBack() {
    if (cameFrom && cameFrom.isConnected && !cameFrom.closest("[inert]")) cameFrom.focus();
    cameFrom = null;
  }

  function open(button) {
    const what = { pad, protect }[button.dataset.opens] || sounds();
    const opens = what.hidden;
    close();
    if (!opens) return goBack();
    cameFrom = document.activeElement;
    what.hidden = false;
    button.setAttribute("aria-expanded", "true");
    pad.querySelector("[data-pad-pressed]").textContent = "";
    what.style.setProperty("--at", `${button.getBoundingClientRect().right}px`);
    if (what === protect) prepare();
    (what === pad || what === protect ? what : what.querySelector("button")).focus();
    return null;
  }

  // ------------------------------------------------------------------------------- callers who do not behave
  // The block button opens this; one more key (Enter) does it. Not in the first moment, and not by a key that is held:
  // whoever was just typing, or clicked twice, meant something else.

  const SURE_MS = 400;
  const guarded = { call: "", reason: "abuse", stage: 1, since: 0 };

  function prepare() {
    const now = bar.querySelector("[data-current]");
    if (guarded.call !== now.dataset.current) guarded.reason = "abuse";
    guarded.call = now.dataset.current;
    guarded.stage = Number(now.dataset.nextStage);
    guarded.since = performance.now();
    const remembered = protect.querySelector("[data-protect-remembered]");
    remembered.textContent = now.dataset.remembered;
    remembered.hidden = !now.dataset.remembered;
    showGuarded();
  }

  // Why a stage cannot be taken now; the chosen one stays chosen, so that Enter never does more than was meant.
  function whyNot(stage) {
    const { cannotTerminate, cannotWarn } = bar.querySelector("[data-current]").dataset;
    return stage === 3 ? cannotTerminate : cannotWarn;
  }

  function showGuarded() {
    const go = protect.querySelector("[data-protect-go]");
    for (const one of protect.querySelectorAll("[data-protect-reason]"))
      one.setAttribute("aria-checked", String(one.dataset.protectReason === guarded.reason));
    for (const one of protect.querySelectorAll("[data-protect-stage]")) {
      one.setAttribute("aria-checked", String(Number(one.dataset.protectStage) === guarded.stage));
      const cannot = whyNot(Number(one.dataset.protectStage));
      if (cannot) one.setAttribute("aria-disabled", "true");
      else one.removeAttribute("aria-disabled");
      one.title = cannot;
    }
    go.classList.toggle("danger", guarded.stage === 3);
    go.toggleAttribute("disabled", Boolean(whyNot(guarded.stage)));
    go.title = whyNot(guarded.stage);
    protect.querySelector("[data-protect-does]").textContent = go.getAttribute(`data-text-${guarded.stage}`);
  }

  function choose(what) {
    Object.assign(guarded, what);
    showGuarded();
    protect.focus();
  }

  async function protectNow() {
    if (protect.hidden || performance.now() - guarded.since < SURE_MS || whyNot(guarded.stage)) return;
    const { call, reason, stage } = guarded;
    close();
    goBack();
    if (stage === 3) await step(call, "terminate", { reason });
    else await step(call, "warn", { stage, reason });
  }

  protect.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || event.detail > 1 || button.getAttribute("aria-disabled") === "true") return;
    if (button.dataset.protectReason) choose({ reason: button.dataset.protectReason });
    else if (button.dataset.protectStage) choose({ stage: Number(button.dataset.protectStage) });
    else if ("protectGo" in button.dataset) protectNow();
    else {
      close();
      goBack();
    }
  });

  protect.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const reasons = [...protect.querySelectorAll("[data-protect-reason]")].map((one) => one.dataset.protectReason);
    const stages = [...protect.querySelectorAll("[data-protect-stage]")].map((one) => Number(one.dataset.protectStage));
    const digit = Number((event.code.match(/^(?:Digit|Numpad)([1-4])$/) || [])[1]);
    const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const walk = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (digit) choose({ reason: reasons[digit - 1] });
    else if (turn) choose({ stage: stages[Math.min(Math.max(stages.indexOf(guarded.stage) + turn, 0), stages.length - 1)] });
    else if (walk) choose({ reason: reasons[(reasons.indexOf(guarded.reason) + walk + reasons.length) % reasons.length] });
    else if (event.key === "Enter" && !event.target.closest("[data-protect-cancel]")) {
      if (!event.repeat) protectNow();
    } else return;
    event.preventDefault();
  });

  // Without a talk the keypad writes into the field: it is a dial pad then.
  function press(digit) {
    const now = current();
    const shown = pad.querySelector("[data-pad-pressed]");
    shown.textContent = (shown.textContent + digit).slice(-14);
    if (!now) bar.dispatchEvent(new CustomEvent("soribox:digit", { detail: digit }));
    else pressed.push(digit);
    if (now) send_digits(now.id);
  }

  // Digits go out one after the other, in their order, however fast they are typed.
  const pressed = [];
  let sending = false;
  async function send_digits(call) {
    if (sending) return;
    sending = true;
    while (pressed.length) {
      const digits = pressed.splice(0).join("");
      if (!(await step(call, "digits", { digits }))) pressed.length = 0;
    }
    sending = false;
  }

  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (/^[0-9*#]$/.test(event.key)) {
      event.preventDefault();
      press(event.key);
    }
  });

  // -------------------------------------------------------------------------------------------- mouse and keys

  async function click(button) {
    if (button.getAttribute("aria-disabled") === "true") {
      tell(button.getAttribute("aria-description") || button.dataset.cannot || "");
      return;
    }
    if (button.dataset.opens) {
      open(button);
      return;
    }
    if (button.dataset.choose) {
      bar.dispatchEvent(new CustomEvent("soribox:choose", { detail: { purpose: button.dataset.choose, call: button.dataset.call } }));
      return;
    }
    const name = button.dataset.step;
    const what = JSON.parse(button.dataset.what || "{}");
    await step(button.dataset.call, name, what);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]:not([role=option]), [data-opens], [data-choose]");
    if (button) {
      if (event.detail > 1) return; // the second click of a double click meant the first button
      click(button);
      return;
    }
    const digit = event.target.closest("[data-digit]");
    if (digit) press(digit.dataset.digit);
    const sound = event.target.closest("[data-announcement]");
    if (sound) {
      const now = current();
      if (now) step(now.id, "play", { announcement: sound.dataset.announcement });
      close();
      goBack();
    }
    if (!event.target.closest("[data-pad], [data-announcements], [data-protect]")) close();
  });

  // A call on an analog line is in no bar: its card has the key then.
  function keyed(wanted) {
    const own = calls.querySelector(wanted);
    const rests = !own || own.getAttribute("aria-disabled") === "true";
    return (rests && document.querySelector(`[data-pops] ${wanted}`)) || own;
  }

  const combination = (event) => `${event.altKey ? "Alt+" : ""}${event.code}`;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || bar.hidden) return;
    const list = sounds();
    if (event.key === "Escape" && (!pad.hidden || !protect.hidden || (list && !list.hidden)) && bar.contains(event.target)) {
      event.preventDefault();
      close();
      goBack();
      return;
    }
    if (list && !list.hidden && list.contains(event.target)) walk(list, event);
    if (!event.altKey && !/^F[89]$/.test(event.code)) return;
    const button = keyed(`[data-hotkey="${combination(event)}"]`);
    if (!button) return;
    event.preventDefault();
    if (event.repeat) return;
    if (event.code === "F8" && button.getAttribute("aria-disabled") === "true") bar.dispatchEvent(new CustomEvent("soribox:field"));
    else click(button);
  });

  function walk(list, event) {
    const choices = [...list.querySelectorAll("button")];
    const at = choices.indexOf(document.activeElement);
    if (/^[1-9]$/.test(event.key) && choices[event.key - 1]) choices[event.key - 1].click();
    else if (event.key === "ArrowDown") choices[(at + 1) % choices.length].focus();
    else if (event.key === "ArrowUp") choices[(at - 1 + choices.length) % choices.length].focus();
    else return;
    event.preventDefault();
  }

  // The sheet of keys: "?" where nobody types, Alt+/ from anywhere.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable], [data-pad]");
    const asks = event.altKey ? event.code === "Slash" : event.key === "?" && !typing;
    if (!asks || event.ctrlKey || event.metaKey || !window.htmx || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    window.htmx.ajax("GET", "/keys", { target: "#dialog-body" });
  });

  window.Soribox = window.Soribox || {};
  Soribox.desk = { step, dial, current, tell, extension };
})();
