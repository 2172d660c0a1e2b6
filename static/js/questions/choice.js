// One of several options: radio buttons.
import { hintsOfOptions, inputByKey, mountFilter, openFilter, press } from "./options.js";

const radios = (question) => [...question.querySelectorAll("input[type=radio]")];

export default {
  once: () => true,
  mount: mountFilter,
  hints: hintsOfOptions,

  read: (question) => radios(question).find((input) => input.checked)?.value ?? null,

  write(question, value) {
    const input = radios(question).find((each) => each.value === value);
    if (!input && value !== null) return false;
    for (const each of radios(question)) each.checked = each === input;
    return true;
  },

  answered: (question) => radios(question).some((input) => input.checked),

  /** A second press takes an optional answer back. */
  key(question, event) {
    const input = inputByKey(question, event.key);
    if (!input) return openFilter(question, event);
    press(input, !(input.checked && !input.required));
    return true;
  },
};
