// The questions of a form, whatever their types: each type has a controller in questions/, and nothing else knows it.
//
// A controller speaks of its fieldset alone: read → the answer as JSON or null; write(value) → whether it fitted (null
// clears); answered; key(event) → whether the key press was meant for it; mount and unmount where it has to be set up;
// hints → [keys, what they do] for the key sheet; open, where a question that is answered may still wait for keys.
// once → whether it is done for keys as soon as it is answered, so that the next question is up.
import choice from "./questions/choice.js";
import multichoice from "./questions/multichoice.js";
import ranking from "./questions/ranking.js";
import rating from "./questions/rating.js";
import spans from "./questions/spans.js";
import text from "./questions/text.js";

const CONTROLLERS = { choice, multichoice, ranking, rating, spans, text };
const LETTER = /^\p{L}$/u;
const mounted = new WeakSet();
const watched = new WeakSet();

const controllerOf = (question) => CONTROLLERS[question.dataset.type];
const questionsOf = (form) => [...form.querySelectorAll("fieldset[data-question]")];

/** The questions that the answers so far lead to. */
export const askedOf = (form) => questionsOf(form).filter((question) => !question.hidden);

/** Set up what needs script; resolves once all of it hears keys. Called again, only questions that are new are set up. */
export async function mountQuestions(form) {
  const mounting = [];
  for (const question of questionsOf(form)) {
    if (mounted.has(question)) continue;
    mounted.add(question);
    // Without script a question may be there that is not asked, and must not stop the form.
    for (const input of question.querySelectorAll("[data-required]")) input.required = true;
    for (const part of question.querySelectorAll("[data-live]")) part.hidden = false;
    mounting.push(controllerOf(question).mount?.(question));
  }
  refresh(form);
  if (!watched.has(form)) {
    watched.add(form);
    form.addEventListener("change", () => refresh(form));
    form.addEventListener("input", () => refresh(form));
    form.addEventListener("focusin", () => markActive(form));
  }
  await Promise.all(mounting);
}

export function unmountQuestions(form) {
  for (const question of questionsOf(form)) if (mounted.delete(question)) controllerOf(question).unmount?.(question);
}

/** {question: answer} of what is asked and answered: what submitting the form would say. */
export const readAnswers = (form) => readFrom(askedOf(form));

/** readAnswers, and what was answered before another answer made it moot: nothing is lost by changing one's mind. */
export const readDraft = (form) => readFrom(questionsOf(form));

/** Put answers back; those that do not fit any more are left out. Returns whether anything was put back. */
export function writeAnswers(form, answers) {
  let restored = false;
  for (const question of questionsOf(form)) {
    const value = answers[question.dataset.question];
    if (value === undefined || value === null) continue;
    if (controllerOf(question).write(question, value)) restored = true;
  }
  refresh(form);
  return restored;
}

/** Give a key press to the question that is up; a letter that it does not know, to the others. */
export function chooseByKey(form, event) {
  const active = activeQuestion(form);
  // A key that is held down must not tick and untick.
  if (!active || (event.repeat && event.key.length === 1)) return false;
  const others = LETTER.test(event.key) ? askedOf(form).filter((question) => question !== active) : [];
  const taker = [active, ...others].find((question) => controllerOf(question).key(question, event));
  if (!taker) return false;
  markActive(form);
  return true;
}

/** Fill in what the model suggests, wherever it suggests something. Returns whether it did anywhere. */
export function acceptSuggestions(form) {
  let accepted = false;
  for (const question of questionsOf(form)) {
    const suggested = valueIn(question.dataset.suggested);
    if (suggested === null || !controllerOf(question).write(question, suggested)) continue;
    accepted = true;
    question.dispatchEvent(new Event("change", { bubbles: true }));
  }
  return accepted;
}

/** Move the focus to the next question (or with -1 the one before). Returns whether there is one. */
export function moveToQuestion(form, step) {
  const asked = askedOf(form);
  const at = asked.findIndex((question) => question.contains(document.activeElement));
  const next = at < 0 ? asked.at(step > 0 ? 0 : -1) : asked[at + step];
  const target = next?.querySelector(":is(input, textarea, select, button, [tabindex]):not([type=hidden], [type=search], [hidden], :disabled)");
  if (!target) return false;
  // Of a group of radio buttons, the one that Tab would reach.
  const reached = target.type === "radio" ? (next.querySelector("input[type=radio]:checked") ?? target) : target;
  reached.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

/** Whether what is chosen is what `data-consensus` says; null where a question has neither. */
export function agreesWithConsensus(question) {
  const consensus = valueIn(question.dataset.consensus);
  const chosen = isAnswered(question) ? controllerOf(question).read(question) : null;
  return consensus === null && chosen === null ? null : JSON.stringify(consensus) === JSON.stringify(chosen);
}

/** [{title, hints}] of every question that is asked, for the key sheet. */
export function hintsOf(form) {
  return askedOf(form).map((question) => ({
    title: question.querySelector("[data-question-title]").textContent,
    hints: controllerOf(question).hints?.(question) ?? [],
  }));
}

function readFrom(questions) {
  const answers = {};
  for (const question of questions) {
    if (isAnswered(question)) answers[question.dataset.question] = controllerOf(question).read(question);
  }
  return answers;
}

const isAnswered = (question) => controllerOf(question).answered(question);
const isOpen = (question) => controllerOf(question).open?.(question) ?? !isAnswered(question);

function valueIn(json) {
  return json === undefined || json === "" ? null : JSON.parse(json);
}

/** The question that keys go to: the one with the focus; once that is done, the next open one. */
function activeQuestion(form) {
  const asked = askedOf(form);
  const at = asked.findIndex((question) => question.contains(document.activeElement));
  const focused = asked[at];
  if (focused && !(controllerOf(focused).once?.(focused) && isAnswered(focused))) return focused;
  // What was passed over may stay open, unless it has to be answered.
  const passed = (question) => isOpen(question) && question.dataset.optional === undefined;
  return asked.slice(at + 1).find(isOpen) ?? asked.find(passed) ?? focused ?? asked.at(-1);
}

/** Show what the answers so far lead to, in the order of the questions: what is hidden leads nowhere. */
function refresh(form) {
  const keys = {};
  for (const question of questionsOf(form)) {
    const { when, question: name } = question.dataset;
    const asked = !when || (JSON.parse(when).is.some((key) => keys[JSON.parse(when).question]?.includes(key)));
    question.hidden = !asked;
    // The inputs of a disabled fieldset are kept, and not sent.
    question.disabled = !asked;
    keys[name] = asked && isAnswered(question) ? keysOf(controllerOf(question).read(question)) : [];
  }
  markActive(form);
}

function markActive(form) {
  const asked = askedOf(form);
  const active = asked.length > 1 ? activeQuestion(form) : null;
  for (const question of questionsOf(form)) question.toggleAttribute("data-active", question === active);
}

/** What conditions go by, as in QuestionType.keys: options, labels of spans, the best of a ranking. */
function keysOf(answer) {
  if (!Array.isArray(answer)) return [String(answer)];
  if (Array.isArray(answer[0])) return answer[0].length === 1 ? answer[0] : [];
  return answer.map((each) => each.label ?? each);
}
