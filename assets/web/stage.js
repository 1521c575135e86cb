element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=send]");
  if (!button) return;
  trigger("send_file", { file: button.dataset.file, task: button.dataset.task });
  scrollTo(0, 0);
});
