const body = () => element.querySelector(".at-detail-body");
const tiles = () => [...document.querySelectorAll(".at-gallery .at-tile")];
const mine = () => ({ ids: [body().dataset.key], file: body().dataset.key, shown: tiles().length });
let opened = "";

const step = (by) => {
  const there = tiles();
  const next = there[there.findIndex((tile) => tile.dataset.key === body().dataset.key) + by];
  if (next) trigger("show_file", { file: next.dataset.key });
};
const close = () => trigger("close", {});

const acts = {
  before: () => step(-1),
  after: () => step(1),
  close,
  load: () => { trigger("load_settings", mine()); scrollTo(0, 0); },
  send: (button) => { trigger("send_file", { ...mine(), task: button.dataset.task }); scrollTo(0, 0); },
  untag: (button) => trigger("tag_files", { ...mine(), remove: button.dataset.tag }),
  delete: async (button) => {
    const { sure, yes, no } = button.dataset;
    if (await atelier.ask(sure, yes, no)) trigger("delete_files", mine());
  },
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button) acts[button.dataset.act](button);
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = element.querySelector(".at-tagging input");
  if (field.value.trim()) trigger("tag_files", { ...mine(), add: field.value });
  field.value = "";
});
document.addEventListener("keydown", (event) => {
  if (!body() || !element.offsetParent || event.target.closest("input, textarea, dialog, video, audio, .at-drawer")) return;
  if (event.key === "Escape") close();
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
  if (event.key === "Delete") element.querySelector("[data-act=delete]").click();
});

const shown = () => {
  atelier.times(element);
  document.dispatchEvent(new CustomEvent("atelier:opened"));
  const now = body()?.dataset.key ?? "";
  if (now && now !== opened) {
    element.querySelector("video, audio")?.load();
    element.scrollTop = 0;
    element.querySelector("h2").focus({ preventScroll: innerWidth > 900 });
  }
  if (!now && opened) tiles().find((tile) => tile.tabIndex === 0)?.focus();
  opened = now;
};
watch("value", shown);
shown();
