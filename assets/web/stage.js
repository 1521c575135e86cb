element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=send]");
  if (!button) return;
  trigger("send_file", { file: button.dataset.file, task: button.dataset.task });
  scrollTo(0, 0);
});

// The divider stays where it was put while one comparison follows another.
let split = null;
element.addEventListener("input", (event) => { if (event.target.matches(".at-divider")) split = event.target.value; });
watch("value", () => {
  const divider = element.querySelector(".at-divider");
  if (split === null || !divider) return;
  divider.value = split;
  divider.parentElement.style.setProperty("--at-split", `${split}%`);
});

// Who listens while the sound is made goes on at the same place when it is whole; who has asked for it and doesn't, hears it then.
let heard = null, asked = false;
document.addEventListener("click", (event) => { if (event.target.closest(".at-run")) asked = true; });
for (const change of ["timeupdate", "pause", "play"]) {
  element.addEventListener(change, ({ target }) => {
    if (target.dataset.job) heard = { job: target.dataset.job, at: target.currentTime, on: !target.paused };
  }, true);
}
watch("value", () => {
  const sound = element.querySelector("audio[data-job]:not([autoplay])");
  if (!sound) return;
  const same = heard?.job === sound.dataset.job;
  if (same) sound.currentTime = heard.at;
  if (same ? heard.on : asked) sound.play().catch(() => {});
  asked = false;
});
