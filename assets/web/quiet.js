// Gradio tells parts of the page of each change of state of each event, even where no progress is shown, and looks for each of
// them in the whole page: most of what a page that is opened, or at work, costs its browser.
import(new URL(`assets/${core}`, document.baseURI)).then(({ AppTree }) => {
  const tell = AppTree.prototype.update_state;
  AppTree.prototype.update_state = function (part, news, ...rest) {
    const unseen = news.loading_status?.show_progress === "hidden" && Object.keys(news).length === 1;
    return unseen ? Promise.resolve() : tell.call(this, part, news, ...rest);
  };
});
