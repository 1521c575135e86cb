const ticked = new Set();
let focused = null;
const cardOf = (item) => item.closest("[data-card]")?.dataset.card ?? "";
const box = (card) => element.querySelector(`[data-card="${card}"] .at-accept input`);

const look = atelier.looker(
  () => trigger("look", {}),
  () => element.offsetParent && Number(element.querySelector("[data-live]")?.dataset.live) > 0,
  () => 1000,
);
const act = (name, key, more = {}) => {
  trigger("act", { act: name, key, ...more });
  setTimeout(look.wake, 900); // an older look may come after the answer
};

// A licence is accepted before a file of its model comes, whichever way.
const agreed = (card) => {
  const asked = box(card);
  if (!asked || asked.checked) return true;
  atelier.tell(asked.dataset.first);
  asked.focus();
  return false;
};

const picked = () => new Promise((done) => {
  const field = Object.assign(document.createElement("input"), { type: "file", hidden: true });
  const end = () => { field.remove(); done(field.files[0]); };
  field.addEventListener("change", end);
  field.addEventListener("cancel", end);
  document.body.append(field);
  field.click();
});

const bring = async (button, card) => {
  const file = await picked();
  if (!file) return;
  const [words, form] = [button.textContent, new FormData()];
  form.append("file", file);
  Object.assign(button, { disabled: true, textContent: button.dataset.busy });
  try {
    const answer = await fetch(`api/v1/models/${card}/files`, { method: "POST", headers: atelier.speak, body: form });
    const problem = await atelier.wrong(answer);
    if (problem) atelier.tell(problem);
  } catch (problem) {
    atelier.tell(String(problem.message));
  } finally {
    Object.assign(button, { disabled: false, textContent: words });
    trigger("look", {});
  }
};

const acts = {
  start: (button, card) => { if (agreed(card)) act("start", card, { accepted: Boolean(box(card)) }); },
  bring: (button, card) => { if (agreed(card)) bring(button, card); },
  delete: async (button, card) => {
    const { sure, yes, no } = button.dataset;
    if (await atelier.ask(sure, yes, no)) act("delete", card);
  },
  stop: (button, card) => act("stop", card),
  unload: (button, card) => act("unload", button.dataset.key ?? card),
  unload_all: () => act("unload_all", ""),
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button) acts[button.dataset.act](button, cardOf(button));
});
element.addEventListener("change", (event) => {
  if (!event.target.matches(".at-accept input")) return;
  const card = cardOf(event.target);
  if (event.target.checked) ticked.add(card);
  else ticked.delete(card);
});

document.addEventListener("focusin", (event) => {
  focused = element.contains(event.target) ? { card: cardOf(event.target), act: event.target.dataset.act } : null;
});

// Focus stays on the card whose buttons have changed.
const hold = () => {
  if (!focused || document.activeElement !== document.body) return;
  const place = element.querySelector(`[data-card="${focused.card}"]`) ?? element;
  (place.querySelector(`[data-act="${focused.act}"]`) ?? place.querySelector("button"))?.focus();
};

const show = () => {
  element.querySelectorAll(".at-accept input").forEach((item) => { item.checked = ticked.has(cardOf(item)); });
  hold();
  look.shown();
};
watch("value", show);
show();
document.addEventListener("atelier:ended", () => { if (element.offsetParent) trigger("look", {}); });
