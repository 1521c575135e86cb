// The sheet as the visitor's hand leaves it. The server draws it anew only when it has other lines (`turn`).
const section = () => element.querySelector(".at-sheet");
const items = () => [...element.querySelectorAll(".at-line")];
const lineOf = (item) => {
  const line = JSON.parse(item.dataset.line);
  const text = item.querySelector(".at-line-text").value.trim();
  const weight = Number(item.querySelector(".at-weight").value);
  const locked = item.querySelector("[data-act=lock]").getAttribute("aria-pressed") === "true";
  const changed = text !== line.text;
  return { ...line, text, english: changed ? "" : line.english, slot: line.slot, weight: Number.isFinite(weight) ? weight : 1, locked };
};
const sheet = () => ({ lines: items().map(lineOf).filter((line) => line.text), style: section().dataset.style });
let timer = 0;
const tell = (more = {}) => {
  clearTimeout(timer);
  trigger("edit", { turn: section().dataset.turn, sheet: sheet(), ...more });
};
const one = (act, button) => {
  clearTimeout(timer);
  const line = items().filter((item) => lineOf(item).text).indexOf(button.closest(".at-line"));
  if (line >= 0) trigger(act, { turn: section().dataset.turn, sheet: sheet(), line });
};
const later = () => { clearTimeout(timer); timer = setTimeout(tell, 500); };

const acts = {
  lock: (button) => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    tell();
  },
  away: (button) => {
    const item = button.closest(".at-line");
    const next = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    (next?.querySelector("[data-act=away]") ?? section()).focus?.();
    tell();
  },
  again: (button) => one("again", button),
  sharpen: (button) => one("sharpen", button),
  add: (button) => tell({ add: button.dataset.section }),
  batch: () => trigger("batch", {}),
  choose: (button) => trigger("choose", { number: Number(button.dataset.number) }),
};
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button) acts[button.dataset.act]?.(button);
});
element.addEventListener("input", (event) => {
  const item = event.target.closest(".at-line");
  if (!item) return;
  if (event.target.matches(".at-line-text")) {
    item.querySelector(".at-english")?.remove();
    item.querySelector("[data-act=lock]").setAttribute("aria-pressed", "true");
  }
  later();
});
element.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.matches(".at-line-text")) return;
  event.preventDefault();
  const all = [...element.querySelectorAll(".at-line-text")];
  all[all.indexOf(event.target) + 1]?.focus();
});
