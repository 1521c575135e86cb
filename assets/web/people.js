// What was given to whom is told by the server when `turn` changes; in between the visitor's own hand is right.
let turn = "";
let photos = {};
let asked = "";
let focused = null;

const section = () => element.querySelector(".at-people");
const cardOf = (item) => item?.closest?.("[data-person]");
const words = (name) => section().dataset[`say${name}`];
const visible = () => element.offsetParent !== null;

const send = (person) => trigger("give", { turn, photos, person });

// Files that came by hand, drop or clipboard, taken in one after the other.
let taking = Promise.resolve();
const take = (person, files) => { taking = taking.then(() => bring(person, files)); };
const bring = async (person, files) => {
  const pictures = [...files].filter((file) => file.type.startsWith("image/"));
  if (pictures.length < files.length) atelier.tell(words("NotImage"));
  const room = Number(section().dataset.most) - (photos[person]?.length ?? 0);
  if (pictures.length > room) atelier.tell(words("Full"));
  const began = turn;
  for (const picture of pictures.slice(0, Math.max(room, 0))) {
    const waiting = busy(person);
    const made = await atelier.upload(picture, picture.name || "photo.png");
    waiting?.remove();
    if (turn !== began) return;
    if (!made) continue;
    if (!(photos[person] ?? []).includes(made.id)) photos[person] = [...(photos[person] ?? []), made.id];
    send(person);
  }
};
const busy = (person) => {
  const place = [...element.querySelectorAll("[data-person]")].find((card) => card.dataset.person === person);
  const mark = Object.assign(document.createElement("span"), { className: "at-photo at-photo-busy", role: "status" });
  mark.setAttribute("aria-label", words("Busy"));
  place?.querySelector(".at-give")?.before(mark);
  return mark;
};

const choose = (person) => {
  const field = Object.assign(document.createElement("input"), { type: "file", accept: "image/*", multiple: true, hidden: true });
  const end = () => field.remove();
  field.addEventListener("change", () => { take(person, field.files); end(); });
  field.addEventListener("cancel", end);
  document.body.append(field);
  field.click();
};

const acts = {
  give: (button, person) => choose(person),
  away: (button, person) => {
    photos[person] = photos[person].filter((photo) => photo !== button.dataset.photo);
    send(person);
  },
  show: (button) => trigger("pick", { at: Number(button.dataset.at) }),
  withdraw: () => trigger("withdraw", {}),
};
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button) acts[button.dataset.act](button, cardOf(button)?.dataset.person);
});
element.addEventListener("change", (event) => {
  if (event.target.matches("[data-act=confirm]") && event.target.checked) trigger("confirm", {});
  if (event.target.matches("[data-act=by]")) trigger("tell_apart", { by: event.target.value });
});

// Dropping onto a card, and pasting into the one that has the focus or lies under the pointer.
const marked = (card) => element.querySelectorAll(".at-person").forEach((one) => one.classList.toggle("at-over", one === card));
element.addEventListener("dragover", (event) => {
  const card = cardOf(event.target);
  if (!card || !event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  marked(card);
});
element.addEventListener("dragleave", (event) => { if (!element.contains(event.relatedTarget)) marked(null); });
element.addEventListener("drop", (event) => {
  const card = cardOf(event.target);
  marked(null);
  if (!card || !event.dataTransfer.files.length) return;
  event.preventDefault();
  take(card.dataset.person, event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  const card = visible() && (cardOf(document.activeElement) ?? element.querySelector("[data-person]:hover"));
  if (!card || !event.clipboardData.files.length) return;
  event.preventDefault();
  take(card.dataset.person, event.clipboardData.files);
});

// Run without the word about rights leads to it.
document.addEventListener("click", (event) => {
  const box = visible() && element.querySelector("[data-act=confirm]");
  if (!box || box.checked || !event.target.closest(".at-run, .at-preview")) return;
  event.stopImmediatePropagation();
  event.preventDefault();
  atelier.tell(words("First"));
  box.closest(".at-consent").scrollIntoView({ block: "center" });
  box.focus({ preventScroll: true });
}, true);

document.addEventListener("atelier:draw", () => trigger("draw", {}));
document.addEventListener("atelier:people", (event) => trigger(event.detail === "halt" ? "halt" : "look", {}));

// Focus stays where it was on a card that is drawn anew.
document.addEventListener("focusin", (event) => {
  const inside = element.contains(event.target);
  focused = inside ? { person: cardOf(event.target)?.dataset.person, act: event.target.dataset.act } : null;
});
const hold = () => {
  if (!focused || document.activeElement !== document.body) return;
  const card = [...element.querySelectorAll("[data-person]")].find((one) => one.dataset.person === focused.person);
  const place = card ?? element;
  (place.querySelector(`[data-act="${focused.act}"]`) ?? place.querySelector("button"))?.focus({ preventScroll: true });
};

const show = () => {
  if (!section()) return;
  if (section().dataset.turn !== turn) {
    turn = section().dataset.turn;
    photos = JSON.parse(section().dataset.given);
  }
  const { look } = section().dataset;
  if (look && `${look} ${turn}` !== asked) {
    asked = `${look} ${turn}`;
    trigger("look", {});
  }
  hold();
};
watch("value", show);
show();
