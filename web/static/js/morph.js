// Changes a piece of the page into its newer version, touching only what differs. Knows no page.
// What a person is using stays: the focused element keeps its value, `keep(old, fresh)` may protect whole elements,
// and attributes in OWN belong to scripts.
"use strict";
(() => {
  const OWN = new Set(["data-open", "data-pinned", "data-mine", "hidden", "aria-pressed", "aria-expanded", "style"]);

  // By attribute, not by `.id`: a form with a field of that name would answer with the field.
  const idOf = (node) => (node.nodeType === Node.ELEMENT_NODE && node.getAttribute("id")) || "";

  function sameKind(old, fresh) {
    return old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && idOf(old) === idOf(fresh);
  }

  function attributes(old, fresh) {
    for (const { name, value } of fresh.attributes) {
      if (!OWN.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
    for (const { name } of [...old.attributes]) {
      if (!OWN.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
    }
  }

  function field(old, fresh) {
    if (old === document.activeElement && old.type !== "hidden") return;
    if (old.value !== fresh.value) old.value = fresh.value;
  }

  function element(old, fresh, keep) {
    if (keep(old, fresh)) return;
    attributes(old, fresh);
    if (old.nodeName === "INPUT") field(old, fresh);
    else if (old.nodeName === "TEXTAREA") {
      if (old.defaultValue !== fresh.defaultValue) old.defaultValue = fresh.defaultValue;
      field(old, fresh);
    } else children(old, fresh, keep);
  }

  function children(old, fresh, keep) {
    let here = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      let match = here;
      while (match && !sameKind(match, next)) match = match.nextSibling;
      if (!match) {
        old.insertBefore(next, here);
        continue;
      }
      while (here !== match) {
        const gone = here;
        here = here.nextSibling;
        gone.remove();
      }
      if (next.nodeType === Node.ELEMENT_NODE) element(here, next, keep);
      else if (here.nodeValue !== next.nodeValue) here.nodeValue = next.nodeValue;
      here = here.nextSibling;
    }
    while (here) {
      const gone = here;
      here = here.nextSibling;
      gone.remove();
    }
  }

  window.Soribox = window.Soribox || {};
  Soribox.parse = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
  };
  Soribox.morph = (old, fresh, keep = () => false) => element(old, fresh, keep);
})();
