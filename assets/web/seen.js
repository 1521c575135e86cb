// The picture that is looked at, and its way off the page.
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=forget]")) trigger("away", {});
});
