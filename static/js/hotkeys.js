// Which key asks for which command, as this person set it: the page brings {keys: {command: key}, swipe} in #hotkeys.

const settings = JSON.parse(document.getElementById("hotkeys")?.textContent ?? "{}");
const commands = new Map(Object.entries(settings.keys ?? {}).map(([command, key]) => [key, command]));

/** Whether answers may be sent and skipped by swiping. */
export const swipes = settings.swipe ?? true;

/** The command that a key press asks for, or undefined. Letters are the same in capitals; “?” always shows the keys. */
export function commandOf(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return key === "?" ? "keys" : commands.get(key);
}
