// The player of a recording: waveform of both sides on a canvas, click to seek, speed, keyboard.
"use strict";
(() => {
  const SPEEDS = [0.75, 1, 1.25, 1.5, 2];

  function bytes(text) {
    return Uint8Array.from(atob(text || ""), (sign) => sign.charCodeAt(0));
  }

  function start(player) {
    const audio = player.querySelector("audio");
    const canvas = player.querySelector("[data-wave]");
    if (!audio || player.dataset.started) return;
    player.dataset.started = "1";
    const told = Number(audio.dataset.duration) / 1000;
    const sides = [bytes(canvas.dataset.caller), bytes(canvas.dataset.agent)];
    const pauses = JSON.parse(canvas.dataset.pauses || "[]"); // in ms; nothing was recorded there
    const playButton = player.querySelector("[data-play]");
    const at = player.querySelector("[data-at]");
    const error = player.querySelector("[data-player-error]");

    const length = () => (Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : told) || 1;

    function load() {
      if (!audio.src) audio.src = audio.dataset.src; // only now: every listen is written down
    }

    function draw() {
      const scale = window.devicePixelRatio || 1;
      const width = Math.round(canvas.clientWidth * scale);
      const height = Math.round(canvas.clientHeight * scale);
      if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
      }
      const pen = canvas.getContext("2d");
      const style = getComputedStyle(canvas);
      const colours = ["--info", "--ok"].map((name) => style.getPropertyValue(name));
      const rest = style.getPropertyValue("--line-strong");
      const played = (audio.currentTime / length()) * width;
      pen.clearRect(0, 0, width, height);
      pen.fillStyle = style.getPropertyValue("--wait-soft");
      for (const [begins, ends] of pauses) {
        const left = (begins / 1000 / length()) * width;
        const right = ends ? (ends / 1000 / length()) * width : width;
        pen.fillRect(left, 0, Math.max(scale, right - left), height);
      }
      const step = Math.max(2, Math.round(3 * scale));
      sides.forEach((peaks, side) => {
        const middle = height * (side ? 0.75 : 0.25);
        for (let x = 0; x < width; x += step) {
          const from = Math.floor((x / width) * peaks.length);
          const to = Math.max(from + 1, Math.floor(((x + step) / width) * peaks.length));
          let loudest = 0;
          for (let i = from; i < to && i < peaks.length; i += 1) loudest = Math.max(loudest, peaks[i]);
          const tall = Math.max(scale, (loudest / 255) * (height / 2 - 4 * scale));
          pen.fillStyle = x < played ? colours[side] : rest;
          pen.fillRect(x, middle - tall / 2, step - scale, tall);
        }
      });
      pen.fillStyle = style.getPropertyValue("--text");
      pen.fillRect(Math.min(width - 2 * scale, played), 0, 2 * scale, height);
    }

    function moved() {
      const second = Math.floor(audio.currentTime);
      const words = Soribox.duration(second);
      if (at.textContent !== words) at.textContent = words;
      canvas.setAttribute("aria-valuenow", String(second));
      canvas.setAttribute("aria-valuetext", words);
      draw();
    }

    function frame() {
      moved();
      if (!audio.paused) requestAnimationFrame(frame);
    }

    player.querySelectorAll("[data-seek]").forEach((one) => one.addEventListener("click", () => seek(Number(one.dataset.seek) / 1000)));

    function seek(seconds) {
      load();
      const wanted = Math.min(Math.max(0, seconds), length() - 0.05);
      if (audio.readyState > 0) audio.currentTime = wanted;
      else {
        audio.addEventListener("loadedmetadata", () => { audio.currentTime = wanted; }, { once: true });
        audio.load();
      }
    }

    function toggle() {
      load();
      if (audio.paused) audio.play().catch(() => {});
      else audio.pause();
    }

    function speed(value) {
      audio.playbackRate = value;
      audio.defaultPlaybackRate = value;
      for (const button of player.querySelectorAll("[data-speed]")) {
        button.setAttribute("aria-pressed", String(Number(button.dataset.speed) === value));
      }
    }

    audio.addEventListener("play", () => {
      playButton.textContent = playButton.dataset.textPause;
      requestAnimationFrame(frame);
    });
    for (const name of ["pause", "ended"]) {
      audio.addEventListener(name, () => {
        playButton.textContent = playButton.dataset.textPlay;
        moved();
      });
    }
    audio.addEventListener("seeked", moved);
    audio.addEventListener("timeupdate", moved);
    audio.addEventListener("error", () => { error.textContent = error.dataset.text; });

    playButton.addEventListener("click", toggle);
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      seek(((event.clientX - box.left) / box.width) * length());
    });
    player.addEventListener("click", (event) => {
      const skip = event.target.closest("[data-skip]");
      const faster = event.target.closest("[data-speed]");
      if (skip) seek(audio.currentTime + Number(skip.dataset.skip));
      if (faster) speed(Number(faster.dataset.speed));
    });
    document.addEventListener("keydown", (event) => {
      if (!player.isConnected || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.target.closest("input, textarea, select, [contenteditable], .pop, dialog")) return;
      if (event.key === " " && event.target.closest("button, a, summary")) return;
      const speedAt = SPEEDS.indexOf(audio.playbackRate);
      const actions = {
        " ": toggle,
        ArrowLeft: () => seek(audio.currentTime - 5),
        ArrowRight: () => seek(audio.currentTime + 5),
        ArrowUp: () => speed(SPEEDS[Math.min(SPEEDS.length - 1, speedAt + 1)]),
        ArrowDown: () => speed(SPEEDS[Math.max(0, speedAt - 1)]),
        Home: () => seek(0),
      };
      if (!actions[event.key]) return;
      event.preventDefault();
      actions[event.key]();
    });
    new ResizeObserver(draw).observe(canvas);
    new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    draw();
  }

  window.Soribox = window.Soribox || {};
  Soribox.players = (root = document) => {
    for (const player of root.querySelectorAll("[data-player]")) start(player);
  };
  Soribox.players();
})();
