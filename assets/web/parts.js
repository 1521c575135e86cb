// The parts to choose from, in a window of their own.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (!button) return;
  const { act, part } = button.dataset;
  if (act === "leave") trigger("leave", {});
  else trigger("wear", { part, away: act === "unwear" });
});
element.addEventListener("keydown", (event) => {
  event.stopPropagation();
  if (event.key === "Escape") trigger("leave", {});
});
watch("value", () => {
  const dialog = element.querySelector(".at-parts");
  if (dialog && !dialog.open) dialog.showModal();
  dialog?.querySelector("[aria-pressed=true]")?.focus();
});
