// In a field for a key, the next key pressed is the value; Tab and Escape keep their use.
import { gettext } from "./words.js";

// Pressed with nothing written on them, or something else than they are called.
const NAMES = {
  " ": gettext("Space"),
  Enter: gettext("Enter"),
  Backspace: gettext("Backspace"),
  Delete: gettext("Delete"),
  Insert: gettext("Insert"),
  Home: gettext("Home"),
  End: gettext("End"),
  PageUp: gettext("Page up"),
  PageDown: gettext("Page down"),
};
const KEPT = ["Tab", "Escape", "Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead", "Process"];

const hint = document.querySelector("[data-key-hint]");
hint.textContent = gettext("Click a field, then press the key.");

for (const input of document.querySelectorAll("input[data-key]")) {
  input.addEventListener("focus", () => input.select());
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || KEPT.includes(event.key)) return;
    event.preventDefault();
    input.value = event.key.length === 1 && event.key !== " " ? event.key.toLowerCase() : (NAMES[event.key] ?? event.key);
    input.select();
  });
}
