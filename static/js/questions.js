// Choosing answers by key, for every page that asks questions: `data-hotkey` on an option's input.

const answered = (question) => Boolean(question.querySelector("input:checked"));

/** The question that digits go to: the one with the focus, else the first without an answer, else the last. */
export function activeQuestion(form) {
  const questions = [...form.querySelectorAll("[data-question]")];
  const focused = questions.find((question) => question.contains(document.activeElement));
  if (focused && !(answered(focused) && questions.some((question) => !answered(question)))) return focused;
  return questions.find((question) => !answered(question)) ?? questions.at(-1);
}

/** Choose the option with this key in the active question. A second press takes an optional answer back. */
export function chooseByKey(form, key) {
  const question = activeQuestion(form);
  const input = question?.querySelector(`input[data-hotkey="${key}"]`);
  if (!input) return false;
  input.checked = !(input.checked && !input.required);
  input.focus({ preventScroll: true });
  input.closest("label").scrollIntoView({ block: "nearest" });
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
}

/** {input name: value} of what is chosen. */
export function readAnswers(form) {
  return Object.fromEntries([...form.querySelectorAll("[data-question] input:checked")].map((input) => [input.name, input.value]));
}

/** Put answers back; those whose option is gone are left out. Returns whether anything was put back. */
export function writeAnswers(form, answers) {
  let restored = false;
  for (const input of form.querySelectorAll("[data-question] input")) {
    if (answers[input.name] !== input.value) continue;
    input.checked = true;
    restored = true;
  }
  return restored;
}
