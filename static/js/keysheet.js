// The list of keys: what the questions on the page answer to is filled in when it opens.
import { hintsOf } from "./questions.js";
import { gettext } from "./words.js";

const NAMES = { Alt: gettext("Alt"), Ctrl: gettext("Ctrl"), Del: gettext("Del"), Enter: gettext("Enter"), Shift: gettext("Shift") };

/** Fill the sheet each time it opens; `form()` is the form whose questions it speaks of. */
export function watchKeySheet(form) {
  const sheet = document.getElementById("keys");
  sheet?.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") fill(sheet.querySelector("[data-question-keys]"), form());
  });
}

function fill(place, form) {
  const template = place.querySelector("template").content;
  const parts = form ? hintsOf(form).filter(({ hints }) => hints.length) : [];
  for (const old of place.querySelectorAll("section")) old.remove();
  place.hidden = parts.length === 0;
  for (const { title, hints } of parts) {
    const section = template.cloneNode(true).firstElementChild;
    section.querySelector("h3").textContent = title;
    for (const [keys, meaning] of hints) {
      const term = document.createElement("dt");
      term.append(...keys.map(keyShown));
      const text = document.createElement("dd");
      text.dir = "auto";
      text.textContent = meaning;
      section.querySelector("dl").append(term, text);
    }
    place.append(section);
  }
}

function keyShown(key) {
  if (key === "…") return key;
  const shown = document.createElement("kbd");
  shown.textContent = NAMES[key] ?? key;
  return shown;
}
