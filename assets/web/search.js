// Questions and the shots that answer.
const { api, facts, made, button, told, guarded, local, clock, tile } = element.kit;
let given = null;
let page = 1;
let like = null;

const take = (file) => {
  given = file;
  like = null;
  const place = element.querySelector(".at-dropped");
  element.querySelector(".at-given")?.remove();
  element.querySelector(".at-ungiven").hidden = !file;
  if (!file) { place.querySelector("input").value = ""; return; }
  const shown = made(file.type.startsWith("video") ? "video" : "img", { className: "at-given", src: URL.createObjectURL(file), muted: true, alt: file.name ?? "" });
  place.append(shown);
};

const question = () => {
  const form = element.querySelector(".at-ask-form");
  const body = new FormData();
  for (const field of form.querySelectorAll("input[name], select[name]")) if (field.value) body.append(field.name, field.value);
  if (given) body.append("source", given, given.name || "pasted.png");
  if (like) body.append("like", like);
  body.append("page", page);
  return body;
};

const asked = (format) => fetch(`${api}/search/find${format ? `?format=${format}` : ""}`, { method: "POST", headers: atelier.speak, body: question() });

const output = async (one, what, more = {}) => {
  const job = await element.kit.post("tasks/search_export?wait=120", { library: one.library, shot: one.shot, what, ...more });
  if (job.state !== "done") throw new Error(job.error?.message ?? job.state);
  return job;
};

// The film from its moment, the shots around it, and what can be done with it.
const open = (one) => {
  const { words, targets } = facts();
  const found = element.querySelector(".at-search-hits");
  found.querySelector(".at-watch")?.remove();
  const film = one.seconds > 0
    ? made("video", { className: "at-media", controls: true, preload: "metadata", src: local(one.play) })
    : made("img", { className: "at-media", src: local(one.play).split("#")[0], alt: one.name });
  const strip = made("div", { className: "at-strip" });
  const bar = made("div", { className: "at-search-row" });
  bar.append(button(words.like, async () => { take(null); like = one.shot; page = 1; await find(); }));
  const span = { start: one.start_s, end: Math.max(one.end_s, one.start_s) };
  if (one.seconds > 0) {
    bar.append(button(words.export, async () => {
      const job = await output(one, "clip", span);
      const link = made("a", { href: local(job.outputs[0].url) + "?download", download: "" });
      document.body.append(link);
      link.click();
      link.remove();
    }));
  }
  for (const [kind, task, name] of targets) {
    if (kind === "video" && !(one.seconds > 0)) continue;
    bar.append(button(`${kind === "image" ? words.frame : words.clip} → ${name}`, async () => {
      const job = await output(one, kind === "image" ? "frame" : "clip", kind === "image" ? { start: one.at_s } : span);
      trigger("send_file", { file: job.outputs[0].id, task });
    }));
  }
  const close = made("button", { type: "button", className: "at-shut", textContent: "✕", ariaLabel: words.close });
  const span_s = one.seconds > 0 ? ` · ${clock(one.start_s)}–${clock(one.end_s)}` : "";
  const watch = made("section", { className: "at-watch" }, close, made("h3", { textContent: `${one.name}${span_s}` }), made("small", { textContent: one.file }), film, strip, bar);
  close.addEventListener("click", () => watch.remove());
  found.prepend(watch);
  watch.scrollIntoView({ block: "nearest" });
  film.play?.().catch(() => {});
  if (!(one.seconds > 0)) return;
  guarded(async () => {
    const beside = await element.kit.ask(`search/libraries/${encodeURIComponent(one.library)}/shots/${one.shot}/around`);
    for (const next of beside) {
      const key = made("button", { type: "button", className: "at-shot", ariaLabel: `${clock(next.start_s)}–${clock(next.end_s)}` }, tile(local(next.sprite), one, 0, next.tiles), made("small", { textContent: clock(next.start_s) }));
      key.setAttribute("aria-current", String(next.shot === one.shot));
      key.addEventListener("click", () => { film.currentTime = next.start_s; film.play?.().catch(() => {}); });
      strip.append(key);
    }
  });
};
element.kit.open = open;

const card = (one, words) => {
  const span = one.seconds > 0 ? `${clock(one.start_s)}–${clock(one.end_s)}` : "";
  const sure = one.how === "words" ? words.words : `${words[one.how]} · ${Math.round(one.score * 100)} %`;
  const key = made("button", { type: "button", className: "at-shot" }, tile(local(one.sprite), one, one.tile, one.tiles), made("b", { textContent: one.name }), made("small", { textContent: span }), made("small", { className: `at-how at-how-${one.how}`, textContent: sure }));
  key.title = one.file;
  key.addEventListener("click", () => open(one));
  return key;
};

const folded = (records, words) => {
  const films = new Map();
  for (const one of records) films.set(one.video, [...(films.get(one.video) ?? []), one]);
  return [...films.values()].map(([first, ...others]) => {
    const group = made("div", { className: "at-film" }, card(first, words));
    if (others.length) {
      const rest = made("div", { className: "at-shots" }, ...others.map((one) => card(one, words)));
      group.append(made("details", {}, made("summary", { textContent: `+${others.length} ${words.folded}` }), rest));
    }
    return group;
  });
};

const save = async (format) => {
  const answer = await asked(format);
  if (!answer.ok) await told(answer);
  const address = URL.createObjectURL(await answer.blob());
  made("a", { href: address, download: `shots.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};

const find = async () => {
  const { words } = facts();
  const found = element.querySelector(".at-search-hits");
  found.replaceChildren(made("p", { className: "at-note", textContent: words.busy }));
  const answer = await guarded(async () => told(await asked("")));
  if (!answer) { found.replaceChildren(); return; }
  if (!answer.records.length) {
    const best = answer.best > 0 ? [made("p", { className: "at-note", textContent: `${words.of_best} ${Math.round(answer.best * 100)} %` })] : [];
    found.replaceChildren(made("p", { className: "at-state", textContent: words.nothing }), ...best);
    return;
  }
  const bar = made("div", { className: "at-search-row" });
  const step = (name, to) => bar.append(button(name, async () => { page = to; await find(); }));
  if (page > 1) step(words.again, page - 1);
  if (answer.more) step(words.more, page + 1);
  for (const format of ["csv", "edl", "json"]) bar.append(button(words[`as_${format}`], () => save(format)));
  found.replaceChildren(made("div", { className: "at-films" }, ...folded(answer.records, words)), bar);
};

element.addEventListener("submit", (event) => {
  if (!event.target.closest(".at-ask-form")) return;
  event.preventDefault();
  page = 1;
  like = null;
  find();
});
element.addEventListener("click", (event) => {
  if (!event.target.closest(".at-ungiven")) return;
  event.preventDefault();
  take(null);
});
element.addEventListener("change", (event) => { if (event.target.closest(".at-dropped")) take(event.target.files[0] ?? null); });
element.addEventListener("dragover", (event) => { if (event.target.closest(".at-dropped")) event.preventDefault(); });
element.addEventListener("drop", (event) => {
  if (!event.target.closest(".at-dropped")) return;
  event.preventDefault();
  take(event.dataTransfer.files[0] ?? null);
});
document.addEventListener("paste", (event) => {
  const file = element.offsetParent && event.clipboardData?.files[0];
  if (file && /^(image|video)\//.test(file.type)) take(file);
});
