// Painting the map of regions over the figure: each region in its colour, half clear.
const dialog = () => element.querySelector(".at-region-easel");
const begin = () => ({ kind: "line", colour: dialog().querySelector("input[name=at-region]:checked").value });
let easel = null;

const open = async (button) => {
  const { base: under, map } = button.closest(".at-step").querySelector(".at-two").dataset;
  try {
    const figure = await atelier.easel.image(under), base = await atelier.easel.image(map);
    easel = atelier.easel.open(dialog(), figure, figure.naturalWidth, figure.naturalHeight, { ops: [], base, stays: true, begin });
  } catch (problem) {
    atelier.tell(String(problem.message));
  }
};
const send = async () => {
  const { paint, ops } = easel, copy = atelier.easel.sheet(paint.width, paint.height);
  copy.getContext("2d").drawImage(paint, 0, 0);
  dialog().close();
  if (!atelier.easel.valid(ops).length) return;
  const file = await new Promise((answer) => copy.toBlob(answer, "image/png"));
  const made = await atelier.upload(file, "map.png");
  if (made) trigger("paint", { map: made.id });
};
const acts = { paint: open, "easel-undo": () => easel.undo(), "easel-clear": () => easel.clear(), "easel-done": send, "easel-leave": () => dialog().close() };
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button) acts[button.dataset.act]?.(button);
});
