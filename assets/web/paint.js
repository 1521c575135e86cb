// A mask painted over the frame on the stage. Strokes stay until they are sent, or there is another file or mask.
const RED = "#e11d2e";
let about = "";
let ops = [];
let base = null;
let easel = null;
let away = false;

const section = () => element.querySelector(".at-paint");
const dialog = () => element.querySelector(".at-easel");
const act = (name) => element.querySelector(`[data-act=${name}]`);
const { sheet } = atelier.easel;
const begin = () => ({ kind: "line", colour: RED, erase: act("erase").getAttribute("aria-pressed") === "true" });

// What is on the stage: the frame as it was where there is one; not the passing frames of a job at work.
const stage = element.closest(".at-swap-stage").querySelector(".at-stage");
const shown = () => [...stage.querySelectorAll(".at-before, .at-media")].find((item) => !item.src.includes("previews/"));
const offer = () => { if (act("open")) act("open").hidden = !shown(); };
new MutationObserver(offer).observe(stage, { childList: true, subtree: true });

// A video stands at the frame that is tried, unless it was played: nothing may have been drawn of it yet.
const ready = async (item) => {
  if (item.matches("img")) return item.decode();
  item.pause();
  const told = new Promise((yes, no) => {
    item.addEventListener("seeked", yes, { once: true });
    item.addEventListener("error", () => no(new Error(item.error?.message ?? "video")), { once: true });
  });
  item.preload = "auto";
  const chosen = element.closest(".at-swap-stage").querySelector(".at-frame input");
  item.currentTime = item.currentTime || Number(chosen?.value ?? 0);
  return told;
};

// Red where a mask is dark or transparent.
const painted = async (id, width, height) => {
  const image = await atelier.easel.image(id), layer = sheet(width, height), pen = layer.getContext("2d");
  pen.drawImage(image, 0, 0, width, height);
  const all = pen.getImageData(0, 0, width, height), { data } = all;
  for (let at = 0; at < data.length; at += 4) {
    const light = (Math.max(data[at], data[at + 1], data[at + 2]) * data[at + 3]) / 255;
    data.set([225, 29, 46, 255 - light], at);
  }
  pen.putImageData(all, 0, 0);
  return layer;
};

const open = async () => {
  const item = shown();
  try {
    await ready(item);
    const { target, mask } = section().dataset;
    const [width, height] = [item.naturalWidth ?? item.videoWidth, item.naturalHeight ?? item.videoHeight];
    if (about !== `${target} ${mask} ${width} ${height}`) {
      base = mask ? await painted(mask, width, height) : null;
      ops = [];
      about = `${target} ${mask} ${width} ${height}`;
    }
    easel = atelier.easel.open(dialog(), item, width, height, { ops, base, begin });
  } catch (problem) {
    atelier.tell(String(problem.message));
  }
};

// Black where red is, white elsewhere; null where nothing is painted.
const png = () => {
  const { paint } = easel, { width, height } = paint;
  const { data } = paint.getContext("2d").getImageData(0, 0, width, height);
  if (!data.some((value, at) => at % 4 === 3 && value)) return null;
  const [dark, whole] = [sheet(width, height), sheet(width, height)];
  const [shade, pen] = [dark.getContext("2d"), whole.getContext("2d")];
  shade.drawImage(paint, 0, 0);
  shade.globalCompositeOperation = "source-in";
  shade.fillRect(0, 0, width, height);
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.drawImage(dark, 0, 0);
  return new Promise((answer) => whole.toBlob(answer, "image/png"));
};

const send = (mask, target) => {
  away = element.contains(document.activeElement);
  trigger("mask", { mask, over: target });
};
const give = async (file, name) => {
  const { target } = section().dataset;
  const made = await atelier.upload(file, name);
  if (made) send(made.id, target);
};
const choose = () => {
  const field = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", hidden: true });
  field.addEventListener("change", () => {
    const [file] = field.files;
    field.remove();
    if (file?.type.startsWith("image/")) give(file, file.name);
    else if (file) atelier.tell(section().dataset.notImage);
  });
  field.addEventListener("cancel", () => field.remove());
  document.body.append(field);
  field.click();
};

const none = () => send("", section().dataset.target);
const acts = {
  open,
  choose,
  undo: () => easel.undo(),
  away: none,
  leave: () => dialog().close(),
  erase: (button) => button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true")),
  clear: () => easel.clear(),
  done: async () => {
    const file = await png();
    dialog().close();
    if (file) give(file, section().dataset.name);
    else if (section().dataset.mask) none();
  },
};
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button) acts[button.dataset.act](button);
});
// Focus comes back to a box that is drawn anew because of what was done here.
watch("value", () => {
  offer();
  if (away && document.activeElement === document.body) act("open")?.focus({ preventScroll: true });
  away = false;
});
offer();
