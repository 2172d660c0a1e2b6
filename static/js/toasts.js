// Messages of the last request: all can be closed; good news leaves by itself, problems stay until read.
const LIFETIME_MS = 6000;

function arm(toast) {
  if (toast.dataset.armed) return;
  toast.dataset.armed = "true";
  const close = toast.querySelector("[data-close]");
  close.hidden = false;
  close.addEventListener("click", () => toast.remove());
  if (toast.dataset.level === "error" || toast.dataset.level === "warning") return;
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, LIFETIME_MS) : toast.remove());
  setTimeout(leave, LIFETIME_MS);
}

const armAll = () => document.querySelectorAll(".toast").forEach(arm);
armAll();
document.addEventListener("htmx:afterSettle", armAll);
