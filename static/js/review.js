// The review page: keys answer, Enter decides, s goes on; the button says what will happen.
import { commandOf } from "./hotkeys.js";
import { isCommand, pressesFocused } from "./keyboard.js";
import { watchKeySheet } from "./keysheet.js";
import { agreesWithConsensus, askedOf, chooseByKey, mountQuestions, moveToQuestion, readAnswers, writeAnswers } from "./questions.js";
import { announce, watchSaving } from "./saving.js";

const card = () => document.getElementById("card");
const form = () => document.getElementById("review-form");

function openCard() {
  for (const button of document.querySelectorAll("[data-use]")) button.hidden = !form();
  if (!form()) return;
  mountQuestions(form());
  nameDecision();
}

/** “Accept” where every answer is the consensus, “Override” where one is not. */
function nameDecision() {
  const label = document.querySelector("[data-decision]");
  if (!label) return;
  const verdicts = askedOf(form()).map(agreesWithConsensus).filter((verdict) => verdict !== null);
  const isOpen = askedOf(form()).every((question) => question.dataset.consensus === undefined);
  if (isOpen || Object.keys(readAnswers(form())).length === 0) label.textContent = "Decide";
  else label.textContent = verdicts.every(Boolean) ? "Accept" : "Override";
}

/** Answer as somebody else did; what does not fit any more stays as it was. */
function useVote(button) {
  if (!writeAnswers(form(), JSON.parse(button.dataset.use))) return;
  nameDecision();
  document.getElementById("resolve").focus();
  announce(`${button.getAttribute("aria-label")}: chosen, not decided yet.`);
}

const COMMANDS = {
  submit: () => document.getElementById("resolve")?.click(),
  next: () => form() && moveToQuestion(form(), 1),
  previous: () => form() && moveToQuestion(form(), -1),
  keys: () => document.getElementById("keys").showPopover(),
  leave: () => document.getElementById("next-review")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (!isCommand(event) || event.repeat) return;
  if (form() && chooseByKey(form(), event)) return event.preventDefault();
  const command = event.key === "s" ? COMMANDS.leave : COMMANDS[commandOf(event)];
  if (!command || ((event.key === "Enter" || event.key === " ") && pressesFocused(event))) return;
  event.preventDefault();
  command();
});

for (const name of ["change", "input"]) {
  document.addEventListener(name, (event) => form()?.contains(event.target) && nameDecision());
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-use]");
  if (button) useVote(button);
});

watchKeySheet(form);
watchSaving(card, (_status, next) => {
  openCard();
  scrollTo({ top: 0 });
  next.querySelector("[data-card-heading]")?.focus({ preventScroll: true });
  if (next.dataset.announce) announce(next.dataset.announce);
});

openCard();
