// Libraries: what is in them, filling them, keeping them in step.
const api = "api/v1";
const say = () => JSON.parse(element.querySelector("[data-search]").dataset.search).words;
const made = (tag, facts = {}, ...inside) => {
  const one = Object.assign(document.createElement(tag), facts);
  one.append(...inside);
  return one;
};

const told = async (answer) => {
  const problem = await atelier.wrong(answer);
  if (problem) throw new Error(problem);
  return answer.status === 204 ? null : answer.json();
};
const ask = (path, more = {}) => fetch(`${api}/${path}`, { ...more, headers: { ...atelier.speak, ...more.headers } }).then(told);
const post = (path, body) => ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const row = (one, words) => {
  const facts = `${one.videos} · ${(one.seconds / 3600).toFixed(2)} ${words.hours} · ${one.shots} ${words.shots}`;
  const line = made("div", { className: "at-library" }, made("b", { textContent: one.library }), made("span", { textContent: facts }));
  const drop = made("button", { type: "button", className: "at-button", textContent: words.remove });
  drop.addEventListener("click", async () => {
    if (!(await atelier.ask(words.sure_remove.replace("{library}", one.library), words.yes, words.no))) return;
    try { await ask(`search/libraries/${encodeURIComponent(one.library)}`, { method: "DELETE" }); } catch (problem) { atelier.tell(problem.message); }
    show();
  });
  line.append(drop);
  if (one.unread.length) {
    const list = made("ul", {}, ...one.unread.map((bad) => made("li", { textContent: `${bad.file}: ${bad.reason}` })));
    line.append(made("details", {}, made("summary", { textContent: `${words.errors}: ${one.unread.length}` }), list));
  }
  return line;
};

const show = async () => {
  const words = say();
  let all = [];
  try { all = await ask("search/libraries"); } catch (problem) { atelier.tell(problem.message); }
  element.querySelector(".at-library-list").replaceChildren(...all.map((one) => row(one, words)));
  const choice = element.querySelector(".at-ask-form select[name=library]");
  const before = choice.value;
  choice.replaceChildren(...all.map((one) => made("option", { value: one.library, textContent: one.library })));
  if (all.some((one) => one.library === before)) choice.value = before;
};

const follow = async (job) => {
  const words = say();
  const place = element.querySelector(".at-adding");
  const stop = made("button", { type: "button", className: "at-button", textContent: words.stop });
  stop.addEventListener("click", () => ask(`jobs/${job.id}`, { method: "DELETE" }).catch((problem) => atelier.tell(problem.message)));
  const bar = made("progress", { className: "at-progress", max: 1, value: 0 });
  const state = made("p", { className: "at-note" });
  place.replaceChildren(state, bar, stop);
  while (!job.finished) {
    await new Promise((go) => setTimeout(go, 700));
    job = await ask(`jobs/${job.id}`);
    if (job.total) { bar.max = job.total; bar.value = job.done; }
    const left = job.eta_s ? ` · ${Math.ceil(job.eta_s)} s` : "";
    state.textContent = `${words.indexing} ${job.done}/${job.total ?? "…"} ${words.files}${left}`;
  }
  if (job.state === "done") {
    const done = job.result;
    const lines = done.unread.map((bad) => made("li", { textContent: `${bad.file}: ${bad.reason}` }));
    const head = `${done.library}: ${done.added} ${words.added}, ${done.known} ${words.kept}, ${done.removed} ${words.removed}, ${lines.length} ${words.failed}`;
    place.replaceChildren(made("p", { className: "at-note", textContent: head }), made("ul", { className: "at-error" }, ...lines));
  } else {
    place.replaceChildren(made("p", { className: "at-error", textContent: job.error?.message ?? words.paused }));
  }
  show();
};

element.addEventListener("submit", async (event) => {
  const form = event.target.closest(".at-add");
  if (!form) return;
  event.preventDefault();
  const body = new FormData(form);
  if (!form.querySelector("input[type=file]").files.length) body.delete("media");
  try {
    await follow(await ask("tasks/search_add", { method: "POST", body }));
  } catch (problem) {
    atelier.tell(problem.message);
  }
});

new MutationObserver(() => {
  const root = element.querySelector("[data-search]");
  if (root && !root.dataset.shown) { root.dataset.shown = "1"; show(); }
}).observe(element, { childList: true, subtree: true });
if (element.querySelector("[data-search]")) show();
