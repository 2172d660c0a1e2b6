// A submit button with data-confirm="What will happen" asks first, in a <dialog>. Without script the form just posts.
import { gettext } from "./words.js";

const dialog = document.getElementById("confirm");
let waiting = null;

// Captured at the document, so that it comes before htmx's own listener on the form.
document.addEventListener(
  "submit",
  (event) => {
    const button = event.submitter;
    if (!button?.dataset.confirm || button === waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    dialog.querySelector("[data-confirm-title]").textContent = button.dataset.confirmTitle || gettext("Are you sure?");
    dialog.querySelector("[data-confirm-text]").textContent = button.dataset.confirm;
    dialog.querySelector("[value=yes]").textContent = button.textContent.trim();
    dialog.returnValue = "";
    dialog.showModal();
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "yes") return;
        // A poll may have replaced the form meanwhile.
        waiting = button.isConnected ? button : document.getElementById(button.id);
        waiting?.form.requestSubmit(waiting);
        waiting = null;
      },
      { once: true },
    );
  },
  { capture: true },
);
