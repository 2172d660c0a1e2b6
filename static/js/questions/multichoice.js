// Any number of several options: checkboxes, with how many may be ticked said before the form is sent.
import { ngettext } from "../words.js";
import { hintsOfOptions, inputByKey, mountFilter, openFilter, press } from "./options.js";

const boxes = (question) => [...question.querySelectorAll("input[type=checkbox]")];
const chosen = (question) => boxes(question).filter((box) => box.checked);
const limit = (question, name) => Number(question.dataset[name]);

function complaintOf(question) {
  const count = chosen(question).length;
  const [least, most] = [limit(question, "atLeast"), limit(question, "atMost")];
  const open = count === 0 && question.dataset.optional !== undefined;
  if (count < least && !open) return ngettext("Choose at least %(count)s option.", "Choose at least %(count)s options.", least);
  return most && count > most ? ngettext("Choose at most %(count)s option.", "Choose at most %(count)s options.", most) : "";
}

function refresh(question) {
  const complaint = complaintOf(question);
  const over = limit(question, "atMost") && chosen(question).length > limit(question, "atMost");
  // The browser shows it at the first box when the form is sent.
  boxes(question)[0].setCustomValidity(complaint);
  const note = question.querySelector("[data-complaint]");
  note.textContent = over ? complaint : "";
}

export default {
  mount(question) {
    mountFilter(question);
    question.addEventListener("change", () => {
      question.dataset.touched = "";
      refresh(question);
    });
    refresh(question);
  },

  hints: hintsOfOptions,

  read: (question) => chosen(question).map((box) => box.value),

  write(question, value) {
    const values = value ?? [];
    if (!Array.isArray(values)) return false;
    for (const box of boxes(question)) box.checked = values.includes(box.value);
    refresh(question);
    return value === null || values.length === 0 || chosen(question).length > 0;
  },

  /** That nothing applies is an answer too, where none need be ticked. */
  answered: (question) => chosen(question).length > 0 || limit(question, "atLeast") === 0,

  open: (question) => chosen(question).length === 0 && question.dataset.touched === undefined,

  key(question, event) {
    const box = inputByKey(question, event.key);
    if (!box) return openFilter(question, event);
    press(box, !box.checked);
    return true;
  },
};
