// Desktop notices of calls, for when no tab of this browser that shows the panel can be seen. The tabs tell each other
// whether they are visible; of several hidden ones, the one that gets the call's lock shows the notice. Knows no card:
// it is given words.
"use strict";
(() => {
  const ANSWER_MS = 1000; // a busy computer takes its time; only a tab that has crashed is waited for in vain
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("soribox.tabs") : null;
  const me = `${Date.now()}.${Math.random()}`;
  const visible = new Set(); // other tabs that have said so
  const asked = new Set(); // what waits for one of them to say so again
  const shown = new Map(); // call → what takes its notice away and lets another tab show one

  function tell(more) {
    if (channel) channel.postMessage({ from: me, visible: !document.hidden, ...more });
  }

  if (channel) {
    channel.addEventListener("message", ({ data }) => {
      visible.delete(data.from);
      if (data.visible) visible.add(data.from);
      if (data.visible) for (const answered of [...asked]) answered();
      if (data.asks) tell();
    });
    document.addEventListener("visibilitychange", () => tell());
    addEventListener("pageshow", () => tell({ asks: true }));
    addEventListener("pagehide", () => {
      tell({ visible: false });
      for (const call of [...shown.keys()]) withdraw(call);
    });
  }

  // Whether somebody can see the panel. Another tab's word is asked for anew: it may have crashed since it gave it.
  function seen() {
    if (!document.hidden || !visible.size) return Promise.resolve(!document.hidden);
    visible.clear();
    return new Promise((resolve) => {
      const answer = (is) => {
        clearTimeout(patience);
        asked.delete(yes);
        resolve(is);
      };
      const yes = () => answer(true);
      const patience = setTimeout(() => answer(false), ANSWER_MS);
      asked.add(yes);
      tell({ asks: true });
    });
  }

  // Shows a notice unless the panel can be seen, or `still` says meanwhile that there is nothing to tell any more.
  async function show(call, title, body, still) {
    if (!("Notification" in window) || Notification.permission !== "granted") return;
    if (await seen()) return;
    await navigator.locks.request(`soribox.notice.${call}`, { ifAvailable: true }, (mine) => {
      if (!mine || !still()) return null;
      return new Promise((done) => raise(call, title, body, done));
    });
  }

  function raise(call, title, body, done) {
    const notice = new Notification(title, { body, tag: `soribox-${call}`, requireInteraction: true });
    notice.addEventListener("click", () => {
      window.focus();
      notice.close();
    });
    shown.set(call, () => {
      notice.close();
      done();
    });
  }

  function withdraw(call) {
    const end = shown.get(call);
    shown.delete(call);
    if (end) end();
  }

  window.Soribox = window.Soribox || {};
  Soribox.notices = { show, withdraw };
})();
