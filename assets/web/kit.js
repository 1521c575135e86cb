// What several parts of the page share: a question before something is lost, a message, and looking again while work goes on.
window.atelier = {
  // For requests of our own: the language that was chosen on the page.
  speak: { "accept-language": navigator.languages.join(",") },

  // True when the person says yes. Works inside a frame of another site, where confirm() doesn't.
  ask(question, yes, no) {
    const dialog = document.createElement("dialog");
    dialog.className = "at-ask";
    const words = Object.assign(document.createElement("p"), { textContent: question, id: "at-ask-words" });
    const agree = Object.assign(document.createElement("button"), { textContent: yes, className: "at-button at-danger", value: "yes" });
    const refuse = Object.assign(document.createElement("button"), { textContent: no, className: "at-button", value: "no", autofocus: true });
    const form = Object.assign(document.createElement("form"), { method: "dialog" });
    form.append(refuse, agree);
    dialog.append(words, form);
    dialog.setAttribute("aria-labelledby", words.id);
    document.body.append(dialog);
    dialog.showModal();
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    return new Promise((answer) => dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    }));
  },

  // A message that stays until it is closed or another one comes.
  tell(message) {
    document.querySelector(".at-tell")?.remove();
    const box = Object.assign(document.createElement("div"), { className: "at-tell" });
    const button = Object.assign(document.createElement("button"), { textContent: "✕", type: "button" });
    button.addEventListener("click", () => box.remove());
    box.setAttribute("role", "alert");
    box.append(Object.assign(document.createElement("span"), { textContent: message }), button);
    document.body.append(box);
  },

  // What a REST answer says is wrong; undefined when nothing is.
  async wrong(answer) {
    if (answer.ok) return undefined;
    try { return (await answer.json()).error.message; } catch { return `HTTP ${answer.status}`; }
  },

  // Takes a file into the library: what it is there; undefined when that went wrong, which is told.
  async upload(file, name) {
    try {
      const form = new FormData();
      form.append("file", file, name);
      const answer = await fetch("api/v1/assets", { method: "POST", headers: this.speak, body: form });
      const problem = await this.wrong(answer.clone());
      if (!problem) return (await answer.json())[0];
      this.tell(problem);
    } catch (problem) {
      this.tell(String(problem.message));
    }
    return undefined;
  },

  // Calls `again` every so many milliseconds while `busy` and the page is looked at; at once when `wake` is called.
  // While the server is away it only asks whether it is back.
  looker(again, busy, pause) {
    let timer = 0;
    const later = (ms) => { clearTimeout(timer); timer = setTimeout(wake, ms); };
    const wake = async () => {
      clearTimeout(timer);
      if (document.hidden) return;
      try {
        if (!(await fetch("healthz", { cache: "no-store" })).ok) throw new Error("away");
      } catch { return later(4000); }
      again();
      shown();  // what comes may be no different, and then isn't told
    };
    const shown = () => (busy() ? later(pause()) : clearTimeout(timer));
    document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
    return { wake, shown };
  },

  // Focus stays with a control whose box is drawn anew because of what was done with it; where that one is gone, it goes to the
  // control that names its act as one that ends at home there.
  refocus(element, watch) {
    let last = null;
    const told = ({ dataset, tagName }) => tagName + JSON.stringify(dataset);
    element.addEventListener("focusin", (event) => { last = { told: told(event.target), act: event.target.dataset.act }; });
    element.addEventListener("focusout", (event) => { if (event.relatedTarget) last = null; });
    document.addEventListener("pointerdown", (event) => { if (!element.contains(event.target)) last = null; });
    watch("value", () => {
      if (last === null || document.activeElement !== document.body) return;
      const controls = [...element.querySelectorAll("button, input, select")].filter((item) => item.checkVisibility());
      const home = (item) => item.dataset.home?.split(" ").includes(last.act);
      (controls.find((item) => told(item) === last.told) ?? controls.find(home))?.focus({ preventScroll: true });
    });
  },

  // Says that a job was started here.
  started() { document.dispatchEvent(new CustomEvent("atelier:started")); },

  // Moments in the reader's own time zone and manner.
  times(root) {
    for (const item of root.querySelectorAll("time[datetime]")) {
      const words = new Date(item.dateTime).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
      if (item.textContent !== words) item.textContent = words;
    }
  },
};
