document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) document.getElementById("at-run")?.click();
  if (event.key === "Escape") document.getElementById("at-stop")?.click();
});
document.addEventListener("input", (event) => {
  if (!event.target.classList?.contains("at-divider")) return;
  const before = event.target.parentElement.querySelector(".at-before");
  before.style.clipPath = `inset(0 ${100 - event.target.value}% 0 0)`;
});
setInterval(() => {
  for (const pair of document.querySelectorAll(".at-compare")) {
    const [after, before] = [pair.querySelector("video.at-after"), pair.querySelector("video.at-before")];
    if (!after || !before) continue;
    if (after.paused !== before.paused) after.paused ? before.pause() : before.play();
    if (Math.abs(after.currentTime - before.currentTime) > 0.08) before.currentTime = after.currentTime;
  }
}, 500);
