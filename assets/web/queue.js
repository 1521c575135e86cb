const panel = () => element.querySelector(".at-drawer");
const opener = () => element.querySelector(".at-jobs-open");
let open = false;
let live = 0;

const look = atelier.looker(
  () => trigger("look", {}),
  () => Number(element.querySelector("[data-live]")?.dataset.live) > 0,
  () => (open ? 1200 : 3000),
);

const show = () => {
  panel()?.classList.toggle("at-open", open);
  panel()?.toggleAttribute("inert", !open);
  opener()?.setAttribute("aria-expanded", String(open));
};

const turn = (now) => {
  open = now;
  show();
  if (open) {
    look.wake();
    panel().focus();
  } else opener().focus();
};

element.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches(".at-jobs-open")) turn(!open);
  else if (button.matches(".at-jobs-close")) turn(false);
  else if (button.dataset.act === "open") {
    trigger("open_result", { file: button.dataset.file });
    turn(false);
  } else if (button.dataset.act) {
    button.disabled = true;
    trigger("act", { act: button.dataset.act, job: button.dataset.job });
  }
});

// before the page's own Escape, which stops a job
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !open || document.querySelector("dialog[open]")) return;
  event.stopImmediatePropagation();
  turn(false);
}, true);

watch("value", () => {
  show();
  element.querySelectorAll("button[data-act]").forEach((button) => { button.disabled = false; });
  const now = Number(element.querySelector("[data-live]")?.dataset.live ?? 0);
  if (now < live) document.dispatchEvent(new CustomEvent("atelier:ended"));
  live = now;
  atelier.times(element);
  look.shown();
});

// something was started here, or in another tab of this browser
document.addEventListener("atelier:started", look.wake);
window.addEventListener("storage", (event) => { if (event.key?.startsWith("atelier.")) look.wake(); });
show();
look.wake();
