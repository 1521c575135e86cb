element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=send]");
  if (!button) return;
  trigger("send_file", { file: button.dataset.file, task: button.dataset.task });
  scrollTo(0, 0);
});

// The divider stays where it was put while one comparison follows another.
let split = null;
element.addEventListener("input", (event) => { if (event.target.matches(".at-divider")) split = event.target.value; });
watch("value", () => {
  const divider = element.querySelector(".at-divider");
  if (split === null || !divider) return;
  divider.value = split;
  divider.parentElement.style.setProperty("--at-split", `${split}%`);
});
