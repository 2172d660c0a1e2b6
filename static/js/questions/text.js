// Free text: grows with what is typed, counts it, and where a text is corrected shows what was changed.
import { gettext, number } from "../words.js";
import { wordDiff } from "./diff.js";

const areaOf = (question) => question.querySelector("textarea");
const hasFieldSizing = CSS.supports("field-sizing", "content");
const drawing = new WeakMap();

/** As the server counts: code points, not halves of them. */
const lengthOf = (text) => [...text].length;

function refresh(question) {
  const area = areaOf(question);
  const most = Number(question.dataset.maxLength);
  const length = lengthOf(area.value);
  const counter = question.querySelector("[data-counter]");
  counter.textContent = gettext("%(length)s of at most %(most)s characters", { length: number(length), most: number(most) });
  counter.toggleAttribute("data-over", length > most);
  area.setCustomValidity(length > most ? gettext("At most %(most)s characters fit.", { most: number(most) }) : "");
  if (!hasFieldSizing) {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }
  // A long text is compared when there is time for it, once however fast somebody types.
  cancelAnimationFrame(drawing.get(question));
  drawing.set(question, requestAnimationFrame(() => drawDiff(question)));
}

function drawDiff(question) {
  const shown = question.querySelector("[data-diff]");
  if (!shown) return;
  const parts = wordDiff(question.dataset.original, areaOf(question).value);
  const changed = parts.some(([kind]) => kind !== "same");
  question.querySelector("[data-diff-note]").textContent = changed ? gettext("Your changes:") : gettext("Nothing is changed yet.");
  shown.hidden = !changed;
  shown.replaceChildren(...parts.flatMap(partShown));
}

/** Words that come and go are told apart by more than colour: elements that say so, and a word for screen readers. */
function partShown([kind, text]) {
  if (kind === "same") return [text];
  const element = document.createElement(kind === "added" ? "ins" : "del");
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.textContent = kind === "added" ? gettext(" [added: ") : gettext(" [removed: ");
  const end = said.cloneNode();
  end.textContent = "] ";
  element.append(said, text, end);
  return [element];
}

export default {
  mount(question) {
    const area = areaOf(question);
    area.addEventListener("input", () => refresh(question));
    area.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        question.form.requestSubmit(question.form.querySelector("button[type=submit]"));
      } else if (event.key === "Escape") {
        area.blur();
      }
    });
    const start = question.querySelector("[data-start]");
    if (start) {
      start.hidden = false;
      start.addEventListener("click", () => {
        area.value = question.dataset.original;
        area.focus();
        area.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
    refresh(question);
  },

  unmount: (question) => cancelAnimationFrame(drawing.get(question)),

  hints: () => [
    [["t"], gettext("Write")],
    [["Ctrl", "Enter"], gettext("Submit while writing")],
    [["Esc"], gettext("Stop writing")],
  ],

  read: (question) => (areaOf(question).value.trim() ? areaOf(question).value : null),

  write(question, value) {
    if (value !== null && typeof value !== "string") return false;
    areaOf(question).value = value ?? "";
    refresh(question);
    return true;
  },

  answered: (question) => areaOf(question).value.trim() !== "",

  key(question, event) {
    if (event.key !== "t") return false;
    const area = areaOf(question);
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
    return true;
  },
};
