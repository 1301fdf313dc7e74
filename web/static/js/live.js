// The live channel of this tab: connects, comes back by itself, misses nothing. Knows no page.
// Soribox.live.on(kind, handler) hears a kind of message; Soribox.live.want(topic) asks for a topic before connecting.
"use strict";
(() => {
  const BEAT_MS = 20000;
  const FIRST_WAIT_MS = 400;
  const LONGEST_WAIT_MS = 15000;
  const SIGNED_OUT = 4401;
  const PASSWORD_FIRST = 4403;

  const handlers = new Map();
  const topics = new Set(["pop"]);
  const additions = [];
  let socket = null;
  let epoch = "";
  let last = 0;
  let coming = ""; // the epoch of a snapshot that is on its way; it counts only when it is all there
  let tries = 0;
  let retry = 0;
  let silence = 0;
  let clockOffset = 0; // box's clock minus this computer's
  let signedOut = false;

  function show(state) {
    for (const shown of document.querySelectorAll("[data-live-state]")) {
      shown.dataset.live = state;
      const text = state === "on" ? shown.dataset.textOn : shown.dataset.textOff;
      shown.title = text;
      const words = shown.querySelector("[data-live-text]");
      if (words) words.textContent = text;
    }
    document.documentElement.dataset.liveState = state;
  }

  function tell(message) {
    for (const handler of handlers.get(message.kind) || []) {
      try {
        handler(message);
      } catch (error) {
        console.error("live channel: handler of", message.kind, error);
      }
    }
  }

  function hear(event) {
    const message = JSON.parse(event.data);
    watch();
    if (message.now) clockOffset = message.now - Date.now();
    if (message.kind === "hello") {
      coming = message.fresh ? message.epoch : "";
      if (coming) {
        epoch = "";
        last = message.last;
      }
    } else if (message.kind === "ready") {
      epoch = coming || epoch;
      tries = 0;
      show("on");
    } else if (message.n) {
      if (message.n <= last) return; // heard before
      last = message.n;
    }
    tell(message);
  }

  function watch() {
    clearTimeout(silence);
    silence = setTimeout(() => socket && socket.close(), BEAT_MS * 2);
  }

  function connect() {
    clearTimeout(retry);
    if (signedOut) return;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/live`);
    socket.addEventListener("open", () => {
      const hello = { epoch, last, topics: [...topics] };
      for (const add of additions) Object.assign(hello, add());
      socket.send(JSON.stringify(hello));
      watch();
    });
    socket.addEventListener("message", hear);
    socket.addEventListener("close", (event) => {
      clearTimeout(silence);
      show("off");
      socket = null;
      if (event.code === SIGNED_OUT) {
        signedOut = true;
        const told = document.querySelector("[data-live-signed-out]");
        if (told) told.hidden = false;
        return;
      }
      if (event.code === PASSWORD_FIRST) return; // the next page has its own channel
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (0.7 + Math.random() * 0.6);
      tries += 1;
      retry = setTimeout(connect, wait);
    });
  }

  function tick() {
    const now = Date.now() + clockOffset;
    for (const shown of document.querySelectorAll("time[data-since]")) {
      const seconds = Math.max(0, Math.floor((now - Number(shown.dataset.since)) / 1000));
      const text = Soribox.duration(seconds);
      if (shown.textContent !== text) shown.textContent = text;
    }
    for (const shown of document.querySelectorAll("time[data-until]")) {
      const text = Soribox.duration(Math.max(0, Math.ceil((Number(shown.dataset.until) - now) / 1000)));
      if (shown.textContent !== text) shown.textContent = text;
    }
  }

  window.Soribox = window.Soribox || {};
  Soribox.duration = (seconds) => {
    const two = (value) => String(value).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  };
  Soribox.live = {
    on(kind, handler) {
      handlers.set(kind, [...(handlers.get(kind) || []), handler]);
    },
    want: (topic) => topics.add(topic),
    inHello: (add) => additions.push(add),
    send(order) {
      if (!socket || socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(order));
      return true;
    },
    tick,
    break: () => socket && socket.close(),
  };

  addEventListener("online", () => {
    tries = 0;
    if (!socket) connect();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted && !socket) connect();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !socket) {
      tries = 0;
      connect();
    }
  });
  document.addEventListener("DOMContentLoaded", () => {
    for (const wants of document.querySelectorAll("[data-live-topic]")) topics.add(wants.dataset.liveTopic);
    if (!document.querySelector("[data-pops]")) return; // nobody is signed in
    connect();
    setInterval(tick, 1000);
    tick();
  });
})();
