const chosen = new Set();
let last = "";
let focused = false;
let place = 0;
const all = () => [...element.querySelectorAll(".at-tile")];
const tiles = () => all().map((tile) => tile.dataset.key);
const bar = () => element.querySelector(".at-bar");

// One tile at a time is reached by Tab; arrows go to the others.
const stand = (at, look) => {
  const there = all();
  place = Math.max(0, Math.min(at, there.length - 1));
  there.forEach((tile, number) => { tile.tabIndex = number === place ? 0 : -1; });
  if (look) there[place]?.focus();
};

const show = () => {
  const there = tiles();
  for (const key of [...chosen]) if (!there.includes(key)) chosen.delete(key);
  element.querySelectorAll(".at-choose").forEach((box) => { box.checked = chosen.has(box.dataset.key); });
  const opened = document.querySelector(".at-detail-body")?.dataset.key;
  all().forEach((tile) => tile.setAttribute("aria-pressed", String(tile.dataset.key === opened)));
  if (bar()) {
    bar().hidden = chosen.size === 0;
    bar().querySelector("b").textContent = chosen.size;
  }
  // what had the focus was drawn anew, or is gone
  const lost = focused && document.activeElement === document.body;
  stand(there.includes(opened) && !lost ? there.indexOf(opened) : place, lost);
};

const zip = async (button) => {
  const words = button.textContent;
  Object.assign(button, { disabled: true, textContent: bar().dataset.busy });
  try {
    const answer = await fetch("api/v1/assets/zip", {
      method: "POST", headers: { "content-type": "application/json", ...atelier.speak }, body: JSON.stringify({ ids: [...chosen] }),
    });
    const problem = await atelier.wrong(answer);
    if (problem) return atelier.tell(problem);
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await answer.blob()), download: "atelier.zip" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  } catch (problem) {
    atelier.tell(String(problem.message));
  } finally {
    Object.assign(button, { disabled: false, textContent: words });
  }
};

const tagged = (what) => {
  const field = bar().querySelector("input");
  if (!field.value.trim()) return field.focus();
  trigger("tag_files", { ids: [...chosen], [what]: field.value, shown: tiles().length });
  field.value = "";
};

const acts = {
  more: () => trigger("more_files", { shown: tiles().length }),
  go: (button) => trigger("go", { task: button.dataset.task }),
  clear: () => trigger("clear", {}),
  all: () => { tiles().forEach((key) => chosen.add(key)); show(); },
  none: () => { chosen.clear(); show(); },
  zip,
  tag: () => tagged("add"),
  untag: () => tagged("remove"),
  delete: async () => {
    const { sure, yes, no } = bar().dataset;
    if (await atelier.ask(sure.replace("{count}", chosen.size), yes, no))
      trigger("delete_files", { ids: [...chosen], shown: tiles().length });
  },
};

const choose = (key, on, range) => {
  const there = tiles();
  const [from, to] = [there.indexOf(last), there.indexOf(key)].sort((a, b) => a - b);
  const meant = range && from >= 0 ? there.slice(from, to + 1) : [key];
  meant.forEach((item) => (on ? chosen.add(item) : chosen.delete(item)));
  last = key;
  show();
};

element.addEventListener("click", (event) => {
  const act = event.target.closest("button[data-act]");
  if (act) return acts[act.dataset.act](act);
  if (event.target.matches(".at-choose")) return choose(event.target.dataset.key, event.target.checked, event.shiftKey);
  const tile = event.target.closest(".at-tile");
  if (!tile) return;
  stand(all().indexOf(tile));
  if (event.ctrlKey || event.metaKey) choose(tile.dataset.key, !chosen.has(tile.dataset.key), false);
  else trigger("show_file", { file: tile.dataset.key });
});

const columns = () => getComputedStyle(element.querySelector(".at-grid")).gridTemplateColumns.split(" ").length;
const keys = {
  ArrowLeft: () => stand(place - 1, true),
  ArrowRight: () => stand(place + 1, true),
  ArrowUp: () => { if (place >= columns()) stand(place - columns(), true); },
  ArrowDown: () => { if (place + columns() < all().length) stand(place + columns(), true); },
  Home: () => stand(0, true),
  End: () => stand(all().length - 1, true),
  " ": (tile) => choose(tile.dataset.key, !chosen.has(tile.dataset.key), false),
  Delete: (tile) => {
    if (!chosen.size) choose(tile.dataset.key, true, false);
    acts.delete();
  },
};
element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".at-bar input")) acts.tag();
  const tile = event.target.closest(".at-tile");
  if (!tile || !keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  place = all().indexOf(tile);
  keys[event.key](tile);
});
// a button is pressed by Space when the key comes up
element.addEventListener("keyup", (event) => { if (event.key === " " && event.target.closest(".at-tile")) event.preventDefault(); });
document.addEventListener("focusin", (event) => { focused = element.contains(event.target); });

watch("value", show);
document.addEventListener("atelier:opened", show);
document.addEventListener("atelier:ended", () => {
  if (element.offsetParent) trigger("refresh", { shown: tiles().length });
});
