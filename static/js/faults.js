// A form that came back with a fault: its first field that has one is in view, and has the focus.
document.querySelector("main [aria-invalid=true]")?.focus();
