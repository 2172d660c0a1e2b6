// Classic and blocking on purpose: keys that are pressed before the page's modules have run are kept for them
// (replayEarlyKeys in keyboard.js). What the browser does by itself, in fields and on buttons, it does as ever.
(() => {
  const OWN = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], a[href], button, summary";
  const kept = [];

  function keep(event) {
    const isKey = event.key.length === 1 || event.key === "Enter" || event.key === "Backspace";
    const isMeant = isKey && !event.isComposing && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isMeant || event.target.closest?.(event.key === " " ? `${OWN}, input` : OWN)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    kept.push({ key: event.key, code: event.code, shiftKey: event.shiftKey, repeat: event.repeat });
  }

  /** Keep no longer: what was kept so far, in order. */
  function stop() {
    removeEventListener("keydown", keep, true);
    return kept.splice(0);
  }

  addEventListener("keydown", keep, true);
  window.earlyKeys = { awaited: false, stop };
  // The modules did not come, or are too new for this browser: the page is a plain form.
  addEventListener("load", () => window.earlyKeys.awaited || stop());
})();
