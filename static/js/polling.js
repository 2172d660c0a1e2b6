// Elements marked data-poll ask the server at intervals (htmx). Not while nobody looks or a dialog asks something.
// What a reader opened stays open, tables stay where they were scrolled to, and what had the focus keeps it.
let opened = [];
let focused = "";
let scrolled = [];

// How an element is found again in what replaces it; htmx itself gives the focus back to what has an id.
function selectorOf(element) {
  if (element.matches("a[href]")) return `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
  if (element.matches("details[id] > summary")) return `#${CSS.escape(element.parentElement.id)} > summary`;
  if (element.matches("[aria-labelledby]")) return `[tabindex][aria-labelledby="${CSS.escape(element.getAttribute("aria-labelledby"))}"]`;
  return "";
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const paused = document.hidden || document.querySelector("dialog[open]");
  if (paused && event.detail.elt.matches("[data-poll]")) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  opened = [...target.querySelectorAll("details[id][open]")].map((details) => details.id);
  if (!target.matches("[data-poll]")) return;
  focused = target.contains(document.activeElement) ? selectorOf(document.activeElement) : "";
  scrolled = [...target.querySelectorAll(".table-frame[aria-labelledby]")].map((frame) => [selectorOf(frame), frame.scrollLeft]);
});

document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  for (const [selector, left] of scrolled) document.querySelector(selector)?.scrollTo({ left });
  if (focused) document.querySelector(focused)?.focus({ preventScroll: true });
  [opened, focused, scrolled] = [[], "", []];
});
