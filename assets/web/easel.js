// Painting the map of regions over the figure: each region in its colour, half clear.
const sheet = (width, height) => Object.assign(document.createElement("canvas"), { width, height });
const dialog = () => element.querySelector(".at-region-easel");
const board = () => dialog().querySelector(".at-easel-paint");
const chosen = () => dialog().querySelector("input[name=at-region]:checked").value;
let ops = [];
let base = null;
let stroke = null;

const image = async (id) => {
  const found = Object.assign(new Image(), { src: `files/${id}` });
  await found.decode();
  return found;
};
const open = async (button) => {
  const { base: under, map } = button.closest(".at-step").querySelector(".at-two").dataset;
  try {
    const [figure, regions] = [await image(under), await image(map)];
    const [width, height] = [figure.naturalWidth, figure.naturalHeight];
    for (const canvas of dialog().querySelectorAll("canvas")) Object.assign(canvas, { width, height });
    dialog().querySelector(".at-easel-frame").getContext("2d").drawImage(figure, 0, 0);
    base = regions;
    ops = [];
    dialog().style.setProperty("--at-ratio", width / height);
    redraw();
    dialog().showModal();
  } catch (problem) {
    atelier.tell(String(problem.message));
  }
};

const DOT = 0.01;  // nothing is drawn of a line without length
const line = ({ colour, wide, points }) => {
  const pen = board().getContext("2d");
  Object.assign(pen, { lineWidth: wide, lineCap: "round", lineJoin: "round", strokeStyle: colour });
  pen.beginPath();
  pen.moveTo(points[0][0] - DOT, points[0][1]);
  for (const point of points) pen.lineTo(...point);
  pen.stroke();
};
const redraw = () => {
  const pen = board().getContext("2d");
  pen.imageSmoothingEnabled = false;
  pen.drawImage(base, 0, 0, board().width, board().height);
  ops.forEach(line);
};
const undo = () => { ops.pop(); redraw(); };
const send = async () => {
  const copy = sheet(board().width, board().height);
  copy.getContext("2d").drawImage(board(), 0, 0);
  dialog().close();
  if (!ops.length) return;
  const file = await new Promise((answer) => copy.toBlob(answer, "image/png"));
  const made = await atelier.upload(file, "map.png");
  if (made) trigger("paint", { map: made.id });
};
const acts = { paint: open, "easel-undo": undo, "easel-clear": () => { ops = []; redraw(); }, "easel-done": send, "easel-leave": () => dialog().close() };
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button) acts[button.dataset.act]?.(button);
});
// The page's own keys stop and run jobs: not from here.
element.addEventListener("keydown", (event) => {
  if (!event.target.closest(".at-region-easel")) return;
  event.stopPropagation();
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  undo();
});
const place = (event) => {
  const box = board().getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * board().width, ((event.clientY - box.top) / box.height) * board().height];
};
const onBoard = (event) => event.target.matches(".at-region-easel .at-easel-paint");
element.addEventListener("pointerdown", (event) => {
  if (!onBoard(event) || event.button || stroke) return;
  event.preventDefault();
  board().setPointerCapture(event.pointerId);
  const wide = (Number(dialog().querySelector("input[type=range]").value) / 100) * board().width;
  stroke = { pointer: event.pointerId, colour: chosen(), wide, points: [place(event)] };
  ops.push(stroke);
  line(stroke);
});
element.addEventListener("pointermove", (event) => {
  if (stroke?.pointer !== event.pointerId) return;
  const steps = event.getCoalescedEvents?.() ?? [];
  const more = (steps.length ? steps : [event]).map(place);
  line({ ...stroke, points: [stroke.points.at(-1), ...more] });
  stroke.points.push(...more);
});
for (const end of ["pointerup", "pointercancel"]) {
  element.addEventListener(end, (event) => { if (stroke?.pointer === event.pointerId) stroke = null; });
}
