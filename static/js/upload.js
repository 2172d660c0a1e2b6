// The upload form: the whole box takes a dropped file, and one that is too large is refused before it travels.
import { gettext, number } from "./words.js";

const form = document.querySelector("[data-upload]");
const zone = form.querySelector("[data-dropzone]");
const input = form.querySelector("input[type=file]");
const title = form.querySelector("[data-dropzone-title]");
const note = form.querySelector("[data-dropzone-note]");
const problem = form.querySelector("[data-upload-problem]");
const button = form.querySelector("[data-upload-button]");
const buttonText = button.textContent;
const limit = Number(form.dataset.limit);

const size = (bytes) => {
  const units = [gettext("bytes"), "KB", "MB", "GB"];
  const power = bytes < 1024 ? 0 : Math.min(3, Math.floor(Math.log2(bytes) / 10));
  return `${number(bytes / 1024 ** power, { maximumFractionDigits: 1 })} ${units[power]}`;
};

function complain(text) {
  problem.hidden = !text;
  problem.querySelector("[data-upload-reason]").textContent = text;
  zone.classList.toggle("invalid", Boolean(text));
}

function show() {
  const file = input.files[0];
  zone.classList.toggle("chosen", Boolean(file));
  title.textContent = file ? file.name : gettext("Drop a file here, or choose one");
  if (!file) return;
  note.textContent = size(file.size);
  complain(file.size > limit ? gettext("The file has %(size)s; at most %(limit)s can be uploaded.", { size: size(file.size), limit: size(limit) }) : "");
}

zone.classList.add("live");
title.textContent = gettext("Drop a file here, or choose one");
input.addEventListener("change", show);

// The input covers the box, so the browser itself takes the drop; a file dropped beside it must not leave the page.
for (const name of ["dragover", "drop"]) {
  document.addEventListener(name, (event) => {
    if (!zone.contains(event.target)) event.preventDefault();
  });
}
zone.addEventListener("dragenter", () => zone.classList.add("over"));
for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));

form.addEventListener("submit", (event) => {
  if (input.files[0]?.size > limit || button.getAttribute("aria-disabled")) {
    event.preventDefault();
    return;
  }
  button.setAttribute("aria-disabled", "true");
  button.textContent = gettext("Uploading …");
});

// Back from the next page, the form is usable again.
addEventListener("pageshow", () => {
  button.removeAttribute("aria-disabled");
  button.textContent = buttonText;
  show();
});
