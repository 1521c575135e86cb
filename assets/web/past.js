// Earlier sheets: the times in the visitor's own zone, and the way back.
const tell = () => element.querySelectorAll("time").forEach((time) => {
  const moment = new Date(time.dateTime);
  const today = moment.toDateString() === new Date().toDateString();
  time.textContent = today ? moment.toLocaleTimeString([], { timeStyle: "short" }) : moment.toLocaleString([], { dateStyle: "short", timeStyle: "short" });
});
tell();
new MutationObserver(() => { if ([...element.querySelectorAll("time")].some((time) => !time.textContent)) tell(); })
  .observe(element, { childList: true, subtree: true });
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act=back]");
  if (button) trigger("back", { number: Number(button.dataset.number) });
});
