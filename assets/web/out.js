// Saving, handing on and copying a prompt; without the clipboard (a page that isn't served securely) its text is chosen instead.
element.addEventListener("click", async (event) => {
  if (event.target.closest("[data-act=save]")) trigger("save", {});
  const hand = event.target.closest("[data-act=hand]");
  if (hand) trigger("hand_sheet", { sheet: hand.dataset.sheet, task: "character" });
  const button = event.target.closest("[data-act=copy]");
  if (!button) return;
  const text = button.closest(".at-out").querySelector(".at-out-text");
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = words; }, 1500);
  } catch {
    getSelection().selectAllChildren(text);
    text.focus();
  }
});
