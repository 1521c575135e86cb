element.addEventListener("click", (event) => {
  const result = event.target.closest(".at-result");
  if (result) trigger("open_result", { file: result.dataset.file });
  else if (event.target.closest("[data-act=go]")) trigger("go", {});
});
document.addEventListener("atelier:ended", () => trigger("look", {}));
