// Labelled stretches of a text. A hidden input holds the answer as JSON; the editor, which runs only where there is
// something to mark, keeps it up to date.
import { gettext } from "../words.js";

const editors = new WeakMap();

const inputOf = (question) => question.querySelector("[data-spans-answer]");

/** What the input holds; a draft that cannot be read is no spans, and is sent as it is until something is marked. */
function held(question) {
  try {
    const spans = JSON.parse(inputOf(question).value);
    return Array.isArray(spans) ? spans : [];
  } catch {
    return [];
  }
}

export default {
  async mount(question) {
    // That nothing is marked is an answer.
    inputOf(question).value ||= "[]";
    const { SpansEditor } = await import("../spans/editor.js");
    if (question.isConnected) editors.set(question, new SpansEditor(question));
  },

  unmount(question) {
    editors.get(question)?.close();
    editors.delete(question);
  },

  hints: () => [
    [["1", "…", "9"], gettext("Label the selection; without one, arm the label")],
    [["←", "→"], gettext("In the text: word by word (with Ctrl by character); with Shift select")],
    [["Tab"], gettext("In the text: from span to span; Esc, then Tab leaves")],
    [["[", "]"], gettext("Move the end of a span; with Shift its beginning (also Alt ←, →)")],
    [["Alt", "↑", "↓"], gettext("Move the whole span")],
    [["Del"], gettext("Delete the span")],
    [["Alt"], gettext("Held while selecting: exact characters instead of words")],
    [["Ctrl", "Z"], gettext("Undo")],
  ],

  read: held,

  write(question, value) {
    if (value !== null && !Array.isArray(value)) return false;
    if (editors.has(question)) return editors.get(question).write(value ?? []);
    inputOf(question).value = JSON.stringify(value ?? []);
    return true;
  },

  answered: () => true,

  /** Until something is marked, keys may still be meant for it. */
  open: (question) => held(question).length === 0,

  key: (question, event) => editors.get(question)?.key(event) ?? false,
};
