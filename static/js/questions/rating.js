// A number on a scale: radio buttons, or for a long scale a number with a slider beside it.
import { gettext } from "../words.js";

const radios = (question) => [...question.querySelectorAll("input[type=radio]")];
const numberOf = (question) => question.querySelector("input[type=number]");
const sliderOf = (question) => question.querySelector("input[type=range]");
// What was typed as the start of a number: after 4, a 2 makes 42 where the scale goes so far.
const typed = new WeakMap();

function fits(question, text) {
  const number = Number(text);
  return text !== "" && Number.isInteger(number) && number >= Number(question.dataset.min) && number <= Number(question.dataset.max);
}

function valueOf(question) {
  const text = numberOf(question)?.value ?? radios(question).find((input) => input.checked)?.value ?? "";
  return fits(question, text) ? Number(text) : null;
}

function put(question, value) {
  for (const input of radios(question)) input.checked = input.value === String(value);
  const number = numberOf(question);
  if (!number) return;
  number.value = value ?? "";
  showOnSlider(question);
}

function showOnSlider(question) {
  const slider = sliderOf(question);
  const value = valueOf(question);
  slider.toggleAttribute("data-unset", value === null);
  slider.value = value ?? (Number(question.dataset.min) + Number(question.dataset.max)) / 2;
  question.querySelector("[data-meaning]").textContent = value === null ? "" : (JSON.parse(question.dataset.labels)[value] ?? "");
}

/** On a scale from 1 to 10 the last digit key is ten: two keys are then never needed. */
const isToTen = (question) => question.dataset.min === "1" && question.dataset.max === "10";

/** The number that the digits typed so far make, or null where they are none of the scale. */
function numberTyped(question, key) {
  if (isToTen(question)) {
    typed.delete(question);
    return Number(key) || 10;
  }
  const longer = (typed.get(question) ?? "") + key;
  const text = [longer, key].find((each) => each === "-" || fits(question, each) || longerThan(question, each));
  if (text === undefined) return null;
  typed.set(question, text);
  return fits(question, text) ? Number(text) : null;
}

/** Whether more digits make it another number of the scale: “1” where the scale is 10 to 20. */
function longerThan(question, text) {
  const [low, high] = [Number(question.dataset.min), Number(question.dataset.max)];
  for (let number = low; number <= high; number++) {
    if (String(number) !== text && String(number).startsWith(text)) return true;
  }
  return false;
}

export default {
  /** Not while another digit could make it a longer number. */
  once: (question) => !typed.has(question) || !longerThan(question, typed.get(question)),

  mount(question) {
    const slider = sliderOf(question);
    question.addEventListener("pointerdown", () => typed.delete(question));
    if (!slider) return;
    slider.hidden = false;
    slider.addEventListener("input", () => put(question, Number(slider.value)));
    numberOf(question).addEventListener("input", () => showOnSlider(question));
    showOnSlider(question);
  },

  hints(question) {
    const { min, max } = question.dataset;
    if (isToTen(question)) return [[["1", "…", "9", "0"], gettext("Rate; 0 is ten")]];
    return [[[min, "…", max], longerThan(question, "1") ? gettext("Rate; for two digits press one after the other") : gettext("Rate")]];
  },

  read: valueOf,

  write(question, value) {
    if (value !== null && !fits(question, String(value))) return false;
    typed.delete(question);
    put(question, value);
    return true;
  },

  answered: (question) => valueOf(question) !== null,

  key(question, event) {
    const minus = event.key === "-" && Number(question.dataset.min) < 0;
    if (!minus && !/^[0-9]$/.test(event.key)) return false;
    const number = numberTyped(question, event.key);
    if (number === null) return typed.has(question);
    // The same again takes an optional answer back.
    const again = number === valueOf(question) && question.dataset.optional !== undefined;
    if (again) typed.delete(question);
    put(question, again ? null : number);
    const input = sliderOf(question) ?? radios(question).find((each) => each.value === String(number));
    input.focus({ preventScroll: true });
    input.closest("fieldset").scrollIntoView({ block: "nearest" });
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  },
};
