// A button with data-copy="id" copies the text of the element with that id.
import { gettext } from "./words.js";

const SHOWN_MS = 2000;

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]");
  try {
    await navigator.clipboard.writeText(source.textContent);
    label.textContent = gettext("Copied");
  } catch {
    // The clipboard is closed to pages without HTTPS: select the text so that Ctrl-C works.
    getSelection().selectAllChildren(source);
    label.textContent = gettext("Press Ctrl-C");
  }
  setTimeout(() => (label.textContent = gettext("Copy")), SHOWN_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});

function show() {
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
}

show();
document.addEventListener("htmx:afterSettle", show);
