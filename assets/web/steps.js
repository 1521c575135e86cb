// The seven steps: what is pressed goes to the server, with the lines as the hand has left them.
const lineOf = (item) => ({
  ...JSON.parse(item.dataset.line),
  text: item.querySelector(".at-line-text").value.trim(),
  locked: item.querySelector("[data-act=lock]").getAttribute("aria-pressed") === "true",
});
const lines = () => {
  const sheet = element.querySelector(".at-sheet");
  if (!sheet) return {};
  const items = [...element.querySelectorAll(".at-line")].map((item) => {
    const before = JSON.parse(item.dataset.line), now = lineOf(item);
    const weight = Number(item.querySelector(".at-weight").value);
    return { ...now, english: now.text === before.text ? before.english : "", weight: Number.isFinite(weight) ? weight : 1 };
  });
  return { turn: sheet.dataset.turn, sheet: { lines: items.filter((line) => line.text), style: sheet.dataset.style } };
};
const step = (how) => (button) => trigger("step", { step: button.dataset.step, how, ...lines() });
const loras = (more = []) => {
  const rows = [...element.querySelectorAll(".at-loras [data-act=lora]")];
  if (!rows.every((item) => item.reportValidity())) return;
  trigger("loras", { text: [...rows.map((item) => `${item.dataset.lora}:${Number(item.value)}`), ...more].join(", ") });
};
const acts = {
  "step-run": step("run"),
  "step-to": step("to"),
  "step-again": step("again"),
  part: (button) => trigger("browse", { part: button.dataset.part }),
  "own-away": (button) => trigger("own", { region: button.dataset.region, picture: "" }),
  unpaint: () => trigger("paint", { map: "" }),
  "style-away": () => trigger("style", { picture: "" }),
  "lora-away": (button) => { button.closest("li").remove(); loras(); },
  pack: (button) => trigger("pack", { format: button.dataset.format }),
  take: () => trigger("take", {}),
  send: (button) => trigger("send_file", { file: button.dataset.file, task: button.dataset.task }),
};
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button) acts[button.dataset.act]?.(button);
});
element.addEventListener("change", async (event) => {
  const { act, number, region } = event.target.dataset;
  if (act === "spot") trigger("spot", { number: Number(number) });
  if (act === "lora") loras();
  if (act === "lora-add" && event.target.value) {
    loras([`${event.target.value}:1`]);
    event.target.value = "";
  }
  const file = ["own", "style"].includes(act) && event.target.files[0];
  if (!file) return;
  const made = await atelier.upload(file, file.name);
  if (made) act === "own" ? trigger("own", { region, picture: made.id }) : trigger("style", { picture: made.id });
});
// A fold stays as the hand has left it while its box is drawn anew.
const folds = {};
element.addEventListener("toggle", ({ target }) => { if (target.dataset.fold) folds[target.dataset.fold] = target.open; }, true);
watch("value", () => {
  for (const item of element.querySelectorAll("[data-fold]")) if (item.dataset.fold in folds) item.open = folds[item.dataset.fold];
});
atelier.refocus(element, watch);
