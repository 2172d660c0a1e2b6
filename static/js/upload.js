// The upload form: the whole box takes a dropped file, one that is too large is refused before it travels, and a bar
// shows how far it is. What is refused leaves the form as it is.
import { gettext, number } from "./words.js";

const form = document.querySelector("[data-upload]");
const zone = form.querySelector("[data-dropzone]");
const input = form.querySelector("input[type=file]");
const title = form.querySelector("[data-dropzone-title]");
const note = form.querySelector("[data-dropzone-note]");
const problem = form.querySelector("[data-upload-problem]");
const button = form.querySelector("[data-upload-button]");
const buttonText = button.textContent;
const progress = form.querySelector("[data-upload-progress]");
const bar = progress.querySelector("progress");
const limit = Number(form.dataset.limit);
let sending = null;

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

function rest() {
  sending = null;
  progress.hidden = true;
  button.removeAttribute("aria-disabled");
  button.textContent = buttonText;
}

// Asks like a link that htmx follows: the answer is a whole page that says what is wrong, or the address of the next one.
function send() {
  const asked = (sending = new XMLHttpRequest());
  asked.open("POST", form.action);
  asked.setRequestHeader("HX-Request", "true");
  asked.setRequestHeader("HX-Boosted", "true");
  asked.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = (100 * loaded) / total;
    // Now the server looks at it.
    if (loaded === total) bar.removeAttribute("value");
  });
  asked.addEventListener("load", () => {
    const next = asked.getResponseHeader("HX-Redirect");
    if (next) return location.assign(next);
    rest();
    const said = new DOMParser().parseFromString(asked.responseText, "text/html").querySelector("[data-upload-reason]");
    complain(said?.textContent.trim() || gettext("The file was not taken. Load the page again, and choose it once more."));
  });
  asked.addEventListener("error", () => {
    rest();
    complain(gettext("The upload broke off. Look whether you are connected, and send the file again."));
  });
  asked.addEventListener("abort", rest);
  asked.send(new FormData(form));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (sending || input.files[0]?.size > limit) return;
  complain("");
  bar.value = 0;
  progress.hidden = false;
  button.setAttribute("aria-disabled", "true");
  button.textContent = gettext("Uploading …");
  send();
});

progress.querySelector("button").addEventListener("click", () => {
  sending?.abort();
  button.focus();
});

// Back from the next page, the form is usable again.
addEventListener("pageshow", () => {
  rest();
  show();
});
