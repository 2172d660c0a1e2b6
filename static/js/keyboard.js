// When a single key is a command, and when it belongs to what has the focus.

const TYPING =
  "input:not([type=radio], [type=checkbox], [type=range], [type=submit], [type=button]), textarea, select, [contenteditable]";
const OVERLAY = "dialog[open], [popover]:popover-open, details.menu[open]";

/** True where a single key may be taken as a command. */
export function isCommand(event) {
  return (
    !event.defaultPrevented &&
    !event.isComposing &&
    !event.ctrlKey &&
    !event.metaKey &&
    !event.altKey &&
    !event.target.closest?.(TYPING) &&
    !document.querySelector(OVERLAY)
  );
}

/** True where Enter or Space would press the focused element. A chosen radio has nothing left to press. */
export function pressesFocused(event) {
  const pressable = "a[href], button, summary, input[type=radio]:not(:checked)";
  // Enter does nothing to a checkbox: there it is a command.
  return Boolean(event.target.closest?.(event.key === "Enter" ? pressable : `${pressable}, input[type=checkbox]`));
}

/** 1–9 as they are, 0 for the tenth; null for any other key. */
export function digitOf(event) {
  if (!/^[0-9]$/.test(event.key)) return null;
  return event.key === "0" ? 10 : Number(event.key);
}

/** Press the keys again that were pressed before the page could answer them (early-keys.js), once `ready` has come. */
export async function replayEarlyKeys(ready) {
  const early = window.earlyKeys;
  if (!early) return;
  early.awaited = true;
  // Only then htmx knows the forms of the page.
  const parsed = new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  try {
    await Promise.all([ready, parsed]);
  } finally {
    for (const key of early.stop()) {
      (document.activeElement ?? document).dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true }));
    }
  }
}
