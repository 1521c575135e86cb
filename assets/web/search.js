// Questions and the shots that answer.
const api = "api/v1";
const facts = () => JSON.parse(element.querySelector("[data-search]").dataset.search);
const made = (tag, own = {}, ...inside) => {
  const one = Object.assign(document.createElement(tag), own);
  one.append(...inside);
  return one;
};
const local = (address) => address.replace(/^.*\/(?=api\/v1\/)/, "");
const clock = (seconds) => {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  return `${whole >= 3600 ? `${Math.floor(whole / 3600)}:` : ""}${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
};
const told = async (answer) => {
  const problem = await atelier.wrong(answer);
  if (problem) throw new Error(problem);
  return answer.json();
};
const guarded = async (work) => { try { return await work(); } catch (problem) { atelier.tell(problem.message); return null; } };

let given = null;
let page = 1;
let like = null;

const take = (file) => {
  given = file;
  like = null;
  const place = element.querySelector(".at-dropped");
  place.querySelector(".at-given")?.remove();
  if (!file) return;
  const shown = made(file.type.startsWith("video") ? "video" : "img", { className: "at-given", src: URL.createObjectURL(file), muted: true });
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

const tile = (one) => {
  const picture = made("span", { className: "at-search-still" });
  const many = Math.max(one.tiles, 1);
  picture.style.backgroundImage = `url("${local(one.sprite)}")`;
  picture.style.backgroundSize = `${many * 100}% 100%`;
  picture.style.backgroundPosition = many > 1 ? `${(100 * (one.tile ?? 0)) / (many - 1)}% 0` : "0 0";
  return picture;
};

const output = async (one, what, more = {}) => {
  const body = JSON.stringify({ library: one.library, shot: one.shot, what, ...more });
  const head = { ...atelier.speak, "content-type": "application/json" };
  const job = await told(await fetch(`${api}/tasks/search_export?wait=120`, { method: "POST", headers: head, body }));
  if (job.state !== "done") throw new Error(job.error?.message ?? job.state);
  return job;
};

const open = (one) => {
  const { words, targets } = facts();
  const found = element.querySelector(".at-search-hits");
  found.querySelector(".at-watch")?.remove();
  const film = one.seconds > 0
    ? made("video", { className: "at-media", controls: true, preload: "metadata", src: local(one.play) })
    : made("img", { className: "at-media", src: local(one.play).split("#")[0], alt: one.name });
  const strip = made("div", { className: "at-strip" });
  const bar = made("div", { className: "at-search-row" });
  const button = (name, work) => {
    const key = made("button", { type: "button", className: "at-button", textContent: name });
    key.addEventListener("click", async () => { key.disabled = true; await guarded(work); key.disabled = false; });
    bar.append(key);
  };
  button(words.like, async () => { like = one.shot; given = null; page = 1; await find(); });
  button(words.export, async () => {
    const job = await output(one, "clip");
    const link = made("a", { href: local(job.outputs[0].url) + "?download", download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  });
  for (const [kind, task, name] of targets) {
    button(`${kind === "image" ? words.frame : words.clip} → ${name}`, async () => {
      const job = await output(one, kind === "image" ? "frame" : "clip", kind === "image" ? { start: one.at_s } : {});
      trigger("send_file", { file: job.outputs[0].id, task });
    });
  }
  const watch = made("section", { className: "at-watch" }, made("h3", { textContent: `${one.name} · ${clock(one.start_s)}–${clock(one.end_s)}` }), film, strip, bar);
  found.prepend(watch);
  watch.scrollIntoView({ block: "nearest" });
  film.play?.().catch(() => {});
  guarded(async () => {
    const beside = await told(await fetch(`${api}/search/libraries/${encodeURIComponent(one.library)}/shots/${one.shot}/around`));
    for (const next of beside) {
      const key = made("button", { type: "button", className: "at-shot", ariaLabel: `${clock(next.start_s)}–${clock(next.end_s)}` }, tile(next), made("small", { textContent: clock(next.start_s) }));
      key.setAttribute("aria-current", String(next.shot === one.shot));
      key.addEventListener("click", () => { film.currentTime = next.start_s; film.play?.().catch(() => {}); });
      strip.append(key);
    }
  });
};

const card = (one, words) => {
  const span = one.seconds > 0 ? `${clock(one.start_s)}–${clock(one.end_s)}` : "";
  const sure = one.how === "words" ? words.words : `${words[one.how]} · ${Math.round(one.score * 100)} %`;
  const key = made("button", { type: "button", className: "at-shot" }, tile(one), made("b", { textContent: one.name }), made("small", { textContent: span }), made("small", { className: `at-how at-how-${one.how}`, textContent: sure }));
  key.title = one.file;
  key.addEventListener("click", () => open(one));
  return key;
};

const folded = (records, words) => {
  const films = Map.groupBy ? Map.groupBy(records, (one) => one.video) : records.reduce((all, one) => all.set(one.video, [...(all.get(one.video) ?? []), one]), new Map());
  return [...films.values()].map(([first, ...others]) => {
    const group = made("div", { className: "at-film" }, card(first, words));
    if (others.length) {
      const rest = made("div", { className: "at-shots" }, ...others.map((one) => card(one, words)));
      group.append(made("details", {}, made("summary", { textContent: `+${others.length} ${words.folded}` }), rest));
    }
    return group;
  });
};

const find = async () => {
  const { words } = facts();
  const found = element.querySelector(".at-search-hits");
  found.replaceChildren(made("p", { className: "at-note", textContent: words.busy }));
  const answer = await guarded(async () => told(await asked("")));
  if (!answer) { found.replaceChildren(); return; }
  if (!answer.records.length) {
    found.replaceChildren(made("p", { className: "at-state", textContent: words.nothing }), made("p", { className: "at-note", textContent: `${words.of_best} ${Math.round(answer.best * 100)} %` }));
    return;
  }
  const bar = made("div", { className: "at-search-row" });
  const step = (name, to, there) => {
    if (!there) return;
    const key = made("button", { type: "button", className: "at-button", textContent: name });
    key.addEventListener("click", () => { page = to; find(); });
    bar.append(key);
  };
  step(words.again, page - 1, page > 1);
  step(words.more, page + 1, answer.more);
  for (const format of ["csv", "edl", "json"]) {
    const key = made("button", { type: "button", className: "at-button", textContent: words[`as_${format}`] });
    key.addEventListener("click", () => guarded(async () => {
      const link = made("a", { href: URL.createObjectURL(await (await asked(format)).blob()), download: `shots.${format}` });
      link.click();
    }));
    bar.append(key);
  }
  found.replaceChildren(made("div", { className: "at-films" }, ...folded(answer.records, words)), bar);
};

element.addEventListener("submit", (event) => {
  if (!event.target.closest(".at-ask-form")) return;
  event.preventDefault();
  page = 1;
  if (element.querySelector("[name=words]").value) like = null;
  find();
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
