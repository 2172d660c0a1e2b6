// What questions with options share: the input behind a key, the filter of a long list, the hints of the key sheet.
import { gettext } from "../words.js";

const inputsOf = (question) => [...question.querySelectorAll("input[data-option]")];

/** The input of the option with this key, or undefined. */
export const inputByKey = (question, key) => inputsOf(question).find((input) => input.dataset.hotkey === key);

/** Tick or choose by key: the focus follows, and the form hears of it as of a click. */
export function press(input, checked) {
  input.checked = checked;
  input.focus({ preventScroll: true });
  input.closest("label").scrollIntoView({ block: "nearest" });
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** “/” goes to the filter of a long list. */
export function openFilter(question, event) {
  const filter = question.querySelector("[data-option-filter]");
  if (event.key !== "/" || !filter || filter.hidden) return false;
  filter.focus();
  filter.select();
  return true;
}

export function hintsOfOptions(question) {
  const filter = question.querySelector("[data-option-filter]");
  return [
    ...inputsOf(question)
      .filter((input) => input.dataset.hotkey)
      .map((input) => [[input.dataset.hotkey], input.dataset.title]),
    ...(filter ? [[["/"], gettext("Find an option")]] : []),
  ];
}

/** Show the filter above a long list, and make it work. What is chosen stays in sight, whatever is typed. */
export function mountFilter(question) {
  const filter = question.querySelector("[data-option-filter]");
  if (!filter) return;
  const count = question.querySelector("[data-option-count]");
  const rows = inputsOf(question).map((input) => [input, input.closest("label"), input.closest("label").textContent.toLowerCase()]);
  const shown = () => rows.filter(([, row]) => !row.hidden);

  function narrow() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matching = rows.filter(([, , text]) => words.every((word) => text.includes(word)));
    for (const entry of rows) entry[1].hidden = !matching.includes(entry) && !entry[0].checked;
    count.textContent = words.length ? gettext("%(count)s of %(total)s", { count: matching.length, total: rows.length }) : "";
  }

  filter.hidden = false;
  filter.addEventListener("input", (event) => {
    // Typing here answers nothing.
    event.stopPropagation();
    narrow();
  });
  filter.addEventListener("change", (event) => event.stopPropagation());
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && filter.value) {
      event.preventDefault();
      filter.value = "";
      narrow();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      shown()[0]?.[0].focus();
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      const first = shown().find(([input]) => !input.checked) ?? shown()[0];
      if (!filter.value || !first) return;
      press(first[0], true);
      filter.value = "";
      narrow();
      first[1].scrollIntoView({ block: "nearest" });
    }
  });
}
