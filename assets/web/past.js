// Earlier sheets and pictures: the times in the visitor's own zone, and the way back.
watch("value", () => atelier.times(element));
atelier.times(element);
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=back]");
  if (button) trigger("back", { number: Number(button.dataset.number), job: button.dataset.job });
});
