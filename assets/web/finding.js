element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (!button) return;
  button.disabled = true;
  document.dispatchEvent(new CustomEvent("atelier:people", { detail: button.dataset.act }));
});
