// What script adds; every page does its whole work without it.
import { initAll } from "./nhsuk/nhsuk-frontend.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();

// Leaving replaces this page in the history, and hides it while the next one comes.
const leave = document.getElementById("leave");
leave?.addEventListener("click", (event) => {
  event.preventDefault();
  document.title = "Weather";
  document.body.hidden = true;
  navigator.sendBeacon("/leave");
  window.location.replace("/leave");
});

// A page that the browser kept is fetched again: it may belong to a visit that is over.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});
