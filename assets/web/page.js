const languageCookie = /(?:^|; )atelier_language=([^;]+)/.exec(document.cookie);
if (languageCookie) {
  Object.defineProperty(navigator, "language", { get: () => languageCookie[1] });
  Object.defineProperty(navigator, "languages", { get: () => [languageCookie[1]] });
}
document.documentElement.lang = navigator.language;

const shown = (selector) => [...document.querySelectorAll(selector)].find((item) => item.offsetParent !== null);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) shown(".at-run")?.click();
  if (event.key === "Escape") shown(".at-stop")?.click();
});

document.addEventListener("click", (event) => {
  if (event.target.closest(".at-run, .at-preview") && innerWidth <= 640) shown(".at-stage")?.scrollIntoView({ behavior: "smooth" });
});

document.addEventListener("change", (event) => {
  if (event.target.id !== "at-language") return;
  document.cookie = `atelier_language=${event.target.value}; path=/; max-age=31536000; samesite=lax`;
  location.reload();
});
new MutationObserver((_, observer) => {
  const choice = document.getElementById("at-language");
  if (!choice) return;
  const wanted = navigator.language.toLowerCase();
  const known = [...choice.options].map((option) => option.value);
  choice.value = known.find((lang) => lang.toLowerCase() === wanted) ??
    known.find((lang) => lang.split("-")[0] === wanted.split("-")[0]) ?? "en";
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });

document.addEventListener("input", (event) => {
  if (!event.target.classList?.contains("at-divider")) return;
  event.target.parentElement.style.setProperty("--at-split", `${event.target.value}%`);
});
setInterval(() => {
  for (const pair of document.querySelectorAll(".at-compare")) {
    const [after, before] = [pair.querySelector("video.at-after"), pair.querySelector("video.at-before")];
    if (!after || !before) continue;
    if (after.paused !== before.paused) after.paused ? before.pause() : before.play();
    if (Math.abs(after.currentTime - before.currentTime) > 0.08) before.currentTime = after.currentTime;
  }
}, 500);
