// The review page: digits choose, Enter decides, s goes on; the button says what will happen.
import { digitOf, isCommand, pressesFocused } from "./keyboard.js";
import { chooseByKey } from "./questions.js";
import { announce, watchSaving } from "./saving.js";

const card = () => document.getElementById("card");
const form = () => document.getElementById("review-form");

/** “Accept” where every choice is the consensus, “Override” where one is not. */
function nameDecision() {
  const label = document.querySelector("[data-decision]");
  if (!label) return;
  const questions = [...form().querySelectorAll("[data-question]")];
  const chosen = questions.map((question) => question.querySelector("input:checked")?.value ?? "");
  if (!chosen.some(Boolean) || !questions.some((question) => question.dataset.consensus)) label.textContent = "Decide";
  else label.textContent = questions.every((question, n) => question.dataset.consensus === chosen[n]) ? "Accept" : "Override";
}

const COMMANDS = {
  Enter: () => document.getElementById("resolve")?.click(),
  s: () => document.getElementById("next-review")?.click(),
  "?": () => document.getElementById("keys").showPopover(),
};

document.addEventListener("keydown", (event) => {
  if (!isCommand(event) || event.repeat) return;
  if (digitOf(event)) {
    if (form() && chooseByKey(form(), event.key)) event.preventDefault();
    return;
  }
  const command = COMMANDS[event.key];
  if (!command || (event.key === "Enter" && pressesFocused(event))) return;
  event.preventDefault();
  command();
});

document.addEventListener("change", nameDecision);

watchSaving(card, (_status, next) => {
  scrollTo({ top: 0 });
  next.querySelector("[data-card-heading]")?.focus({ preventScroll: true });
  if (next.dataset.announce) announce(next.dataset.announce);
  nameDecision();
});

nameDecision();
