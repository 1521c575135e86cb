const slider = () => element.querySelector("input");
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}.${Math.floor((seconds % 1) * 10)}`;
const still = () => {
  const { target } = element.querySelector(".at-frame")?.dataset ?? {};
  return [...document.querySelectorAll(".at-stage video.at-media")].find((video) => target && video.src.endsWith(`files/${target}`));
};
let sent = null;

// The frame under the thumb, above the slider, while it is moved.
const scrub = () => {
  const [box, field] = [element.querySelector(".at-scrub"), slider()];
  const video = box.firstElementChild;
  if (video.preload !== "auto") video.preload = "auto";
  if (!video.seeking) video.currentTime = Number(field.value);
  else video.onseeked = () => { video.onseeked = null; video.currentTime = Number(field.value); };
  box.style.setProperty("--at-thumb", `${(100 * field.value) / (field.max || 1)}%`);
  box.hidden = false;
};
const tell = () => { element.querySelector("output").textContent = clock(Number(slider().value)); };

element.addEventListener("input", () => { tell(); scrub(); });
element.addEventListener("change", () => {
  const at = Number(slider().value);
  element.querySelector(".at-scrub").hidden = true;
  if (still()) Object.assign(still(), { currentTime: at }).pause();
  if (sent === at) return;
  sent = at;
  trigger("pick", { at });
});
element.addEventListener("focusout", () => { element.querySelector(".at-scrub").hidden = true; });

let focused = false;
document.addEventListener("focusin", (event) => { focused = element.contains(event.target); });
const show = () => {
  if (!slider()) return;
  tell();
  if (focused && document.activeElement === document.body) slider().focus();
};
watch("value", show);
show();
