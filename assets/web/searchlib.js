// Libraries: what is in them, filling them, keeping them in step, and what they hold twice.
const { facts, made, button, ask, post, guarded, clock, tile, sprite } = element.kit;
const ADDING = ["search_add", "search_duplicates"];

const hours = (seconds, words) => (seconds >= 3600 ? `${(seconds / 3600).toFixed(1)} ${words.hours}` : `${Math.round(seconds / 60)} ${words.minutes}`);

const row = (one, words) => {
  const told = [`${one.videos} ${words.files}`, hours(one.seconds, words), `${one.shots} ${words.shots}`];
  const line = made("div", { className: "at-library" }, made("b", { textContent: one.library }), made("span", { textContent: told.join(" · ") }));
  const keys = made("span", { className: "at-search-row" });
  if (one.roots.length && facts().folders) keys.append(button(words.refresh, async () => { for (const folder of one.roots) await follow(await post("tasks/search_add", { folder, library: one.library, encoder: one.looks_by })); }));
  if (one.looks_by === "fingerprint") keys.append(button(words.twice, async () => follow(await post("tasks/search_duplicates", { library: one.library }))));
  keys.append(button(words.remove, async () => {
    if (!(await atelier.ask(words.sure_remove.replace("{library}", one.library), words.yes, words.no))) return;
    await ask(`search/libraries/${encodeURIComponent(one.library)}`, { method: "DELETE" });
    await show();
  }));
  line.append(keys);
  if (one.unread.length) {
    const list = made("ul", {}, ...one.unread.map((bad) => made("li", { textContent: `${bad.file}: ${bad.reason}` })));
    line.append(made("details", {}, made("summary", { textContent: `${words.errors}: ${one.unread.length}` }), list));
  }
  return line;
};

const show = async () => {
  const { words } = facts();
  const all = await guarded(() => ask("search/libraries"));
  if (!all) return;
  const list = element.querySelector(".at-library-list");
  list.replaceChildren(...(all.length ? all.map((one) => row(one, words)) : [made("p", { className: "at-note", textContent: words.none })]));
  const choice = element.querySelector(".at-ask-form select[name=library]");
  const before = choice.value;
  choice.replaceChildren(...all.map((one) => made("option", { value: one.library, textContent: one.library })));
  if (all.some((one) => one.library === before)) choice.value = before;
};

// A job of ours to its end.
const follow = async (job) => {
  const { words } = facts();
  const place = element.querySelector(".at-adding");
  const stop = button(words.stop, () => ask(`jobs/${job.id}`, { method: "DELETE" }));
  const bar = made("progress", { className: "at-progress", max: 1 });
  const state = made("pre", { className: "at-note" });
  const doing = job.task === "search_add" ? words.indexing : words.comparing;
  place.replaceChildren(state, bar, stop);
  for (let turn = 0; !job.finished; turn += 1) {
    await new Promise((go) => setTimeout(go, 700));
    if (turn % 7 === 6) await show();  // what is known already can be asked for
    job = await ask(`jobs/${job.id}`);
    if (job.total) { bar.max = job.total; bar.value = job.done; }
    const left = job.eta_s ? ` · ${words.left} ${clock(job.eta_s)}` : "";
    const said = job.preview && !job.finished ? await fetch(job.preview).then((answer) => (answer.ok ? answer.text() : ""), () => "") : "";
    state.textContent = `${doing} ${job.done}/${job.total ?? "…"} ${words.files}${left}${said ? `\n${said}` : ""}`;
  }
  if (job.state !== "done") place.replaceChildren(made("p", { className: "at-error", textContent: job.error?.message ?? words.paused }));
  else place.replaceChildren(...(job.task === "search_add" ? added(job.result, words) : twice(job.result, words)));
  await show();
};

const added = (done, words) => {
  const lines = done.unread.map((bad) => made("li", { textContent: `${bad.file}: ${bad.reason}` }));
  const head = `${done.library}: ${done.added} ${words.added}, ${done.known} ${words.kept}, ${done.removed} ${words.removed}, ${lines.length} ${words.failed}`;
  return [made("p", { className: "at-note", textContent: head }), made("ul", { className: "at-error" }, ...lines)];
};

// What is held more than once: pairs of parts side by side, and files that are the same.
const twice = (done, words) => {
  const part = (one) => {
    const span = one.end_s > one.start_s ? ` ${clock(one.start_s)}–${clock(one.end_s)}` : "";
    return made("div", {}, made("b", { textContent: `${one.name}${span}` }), made("small", { textContent: one.file }));
  };
  const pairs = done.shared.map((one) => made("li", { className: "at-pair" }, tile(sprite(done.library, one.first.shot), one.first, 0, one.first.tiles), part(one.first), made("span", { textContent: "=" }), part(one.second)));
  const same = done.identical.map((files) => made("li", { textContent: files.join(" = ") }));
  if (!pairs.length && !same.length) return [made("p", { className: "at-state", textContent: words.once })];
  return [
    made("h3", { textContent: `${done.library}: ${words.twice}` }),
    ...(same.length ? [made("p", { className: "at-note", textContent: words.identical }), made("ul", {}, ...same)] : []),
    ...(pairs.length ? [made("ul", { className: "at-pairs" }, ...pairs)] : []),
  ];
};

element.addEventListener("submit", async (event) => {
  const form = event.target.closest(".at-add");
  if (!form) return;
  event.preventDefault();
  const body = new FormData(form);
  if (!form.querySelector("input[type=file]").files.length) body.delete("media");
  await guarded(async () => follow(await ask("tasks/search_add", { method: "POST", body })));
});

const begin = async () => {
  await show();
  const jobs = await guarded(() => ask("jobs"));
  const running = jobs?.find((job) => ADDING.includes(job.task) && !job.finished);
  if (running) await guarded(() => follow(running));
};
new MutationObserver(() => {
  const root = element.querySelector("[data-search]");
  if (root && !root.dataset.shown) { root.dataset.shown = "1"; begin(); }
}).observe(element, { childList: true, subtree: true });
if (element.querySelector("[data-search]")) { element.querySelector("[data-search]").dataset.shown = "1"; begin(); }
