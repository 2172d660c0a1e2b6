// In a form with radio buttons named "kind", shows only what the chosen kind has: [data-kinds="one other"].
// Without script everything is shown, and what does not apply is ignored.
function refresh(form) {
  const chosen = form.querySelector("input[name=kind]:checked")?.value;
  for (const part of form.querySelectorAll("[data-kinds]")) {
    part.hidden = !part.dataset.kinds.split(" ").includes(chosen);
  }
}

document.addEventListener("change", (event) => {
  if (event.target.name === "kind") refresh(event.target.form);
});
for (const form of document.querySelectorAll("form:has([data-kinds])")) refresh(form);
