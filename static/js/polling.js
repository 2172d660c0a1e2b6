// Elements marked data-poll ask the server at intervals (htmx). Not while nobody looks or a dialog asks
// something, and what a reader opened stays open.
let opened = [];

document.addEventListener("htmx:beforeRequest", (event) => {
  const paused = document.hidden || document.querySelector("dialog[open]");
  if (paused && event.detail.elt.matches("[data-poll]")) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  opened = [...event.detail.target.querySelectorAll("details[id][open]")].map((details) => details.id);
});

document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  opened = [];
});
