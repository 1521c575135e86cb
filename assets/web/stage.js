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

// A sound that is being made begins with its first bytes; by itself it would wait for more. Who listens goes on at the same place when it
// is whole; who has asked for it and doesn't, hears it then.
let heard = null, asked = false;
document.addEventListener("click", (event) => { if (event.target.closest(".at-run")) asked = true; });
for (const change of ["timeupdate", "playing", "waiting", "pause", "play"]) {
  element.addEventListener(change, ({ target, type }) => {
    const { dataset: { job }, currentTime: at, paused, playbackRate: rate } = target;
    if (job) heard = { job, at, rate, on: !paused, seen: performance.now(), moves: !paused && (type === "timeupdate" || type === "playing") };
  }, true);
}
const reached = ({ at, rate, seen, moves }) => at + (moves ? (rate * (performance.now() - seen)) / 1000 : 0);
const play = (sound) => sound.play().catch(() => {});
watch("value", () => {
  const sound = element.querySelector("audio[data-job]");
  if (!sound) return;
  if (sound.autoplay) return play(sound);
  const same = heard?.job === sound.dataset.job;
  if (same) Object.assign(sound, { currentTime: reached(heard), playbackRate: heard.rate });
  if (same ? heard.on : asked) play(sound);
  asked = false;
});

trigger("appear", {});
