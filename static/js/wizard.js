// Designing questions: settings of other types are hidden, rows come and go in place, and the preview can be tried.
// Without script every setting is shown, each button loads the page anew, and “Show” draws the preview.
import { mountQuestions } from "./questions.js";

function refresh(row) {
  const type = row.querySelector("[data-type-of-question]")?.value ?? row.dataset.type;
  for (const part of row.querySelectorAll("[data-types]")) part.hidden = !part.dataset.types.split(" ").includes(type);
}

function setUp(root) {
  for (const row of root.querySelectorAll("[data-question-row]")) refresh(row);
  for (const form of root.querySelectorAll("form[data-preview]")) mountQuestions(form);
  for (const button of root.querySelectorAll("[data-without-script]")) button.hidden = true;
}

document.addEventListener("change", (event) => {
  const row = event.target.closest("[data-question-row]");
  if (row && event.target.matches("[data-type-of-question]")) refresh(row);
});

// What is tried in the preview goes nowhere.
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-preview]")) event.preventDefault();
});

// A row more or less: the page's answer to the plain form, of which only the form and the preview are taken.
document.addEventListener(
  "submit",
  async (event) => {
    const button = event.submitter;
    if (!button?.matches("[data-redraw]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const form = event.target;
    const response = await fetch(form.action, { method: "POST", body: new FormData(form, button) }).catch(() => null);
    if (!response?.ok) {
      button.removeAttribute("data-redraw");
      form.requestSubmit(button);
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const id of ["design", "preview"]) {
      const fresh = document.importNode(page.getElementById(id), true);
      document.getElementById(id).replaceWith(fresh);
      window.htmx.process(fresh);
    }
    setUp(document);
    focusAfter(button.value);
  },
  { capture: true },
);

function focusAfter(action) {
  const [verb, place] = action.split(":");
  const [doing, noun] = verb.split("-");
  const rows = [...document.querySelectorAll(`[id^="${noun}-"].design-row`)];
  const index = doing === "add" ? rows.length - 1 : Math.max(0, Number(place) - (doing === "up" ? 1 : 0));
  const row = rows[Math.min(index, rows.length - 1)];
  row?.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:afterSwap", () => setUp(document));
setUp(document);
