// The picture that a tool takes, and the place in it that is meant: brushed over, boxed, or shown by points.
atelier.place = (element, watch, tell) => {
  // What a tool's strokes look like, and what they are in the mask.
  const TOOLS = {
    fill: { kind: "line", colour: "#e11d2e", plain: "#fff" },
    on: { kind: "line", colour: "#16a34a", plain: "#fff" },
    off: { kind: "line", colour: "#e11d2e", plain: "#000" },
    erase: { kind: "line", colour: "#000", erase: true },
    box: { kind: "box", colour: "#2563eb" },
    in: { kind: "point", colour: "#15803d", sign: "in" },
    out: { kind: "point", colour: "#b91c1c", sign: "out" },
  };
  const LIGHT = 128, CLEAR = 16;
  let about = "", ops = [], base = null;

  const section = () => element.querySelector(".at-place");
  const op = (tool, points) => ({ tool, ...TOOLS[tool], points });

  // Hints as the server writes them, as strokes, and back again.
  const strokes = (hints) => hints.map((hint) => {
    const [kind, numbers] = hint.split(":"), [x, y, width, height] = numbers.split(",").map(Number);
    return op(kind, kind === "box" ? [[x, y], [x + width, y + height]] : [[x, y]]);
  });
  const hints = (paint) => atelier.easel.valid(ops).filter((one) => one.kind !== "line").map(({ tool, points }) => {
    const [xs, ys] = [0, 1].map((axis) => points.map((point) => Math.round(point[axis])));
    if (tool === "box") {
      const [left, top] = [Math.min(...xs), Math.min(...ys)];
      return `box:${left},${top},${Math.max(Math.max(...xs) - left, 1)},${Math.max(Math.max(...ys) - top, 1)}`;
    }
    return `${tool}:${Math.min(xs[0], paint.width - 1)},${Math.min(ys[0], paint.height - 1)}`;
  });

  // A mask as it was sent, and in the colours of the tools. Where only one brush is, what is dark says nothing.
  const known = async (id, width, height) => {
    const plain = atelier.easel.sheet(width, height), shown = atelier.easel.sheet(width, height), pen = plain.getContext("2d");
    pen.drawImage(await atelier.easel.image(id), 0, 0, width, height);
    const all = pen.getImageData(0, 0, width, height), { data } = all, both = element.querySelector("[value=on]");
    if (!both) for (let at = 0; at < data.length; at += 4) if (data[at] < LIGHT) data[at + 3] = 0;
    pen.putImageData(all, 0, 0);
    const colours = [both ? TOOLS.on : TOOLS.fill, TOOLS.off].map(({ colour }) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
    for (let at = 0; at < data.length; at += 4) data.set(colours[data[at] >= LIGHT ? 0 : 1], at);
    shown.getContext("2d").putImageData(all, 0, 0);
    return { plain, shown };
  };
  // What was brushed, as a picture on clear ground; null where nothing is.
  const mask = ({ paint }) => {
    const lines = ops.filter((one) => one.kind === "line" || one.kind === "clear").map((one) => ({ ...one, colour: one.plain ?? one.colour }));
    const made = atelier.easel.sheet(paint.width, paint.height);
    atelier.easel.render(made, { ops: lines, base: base?.plain });
    const { data } = made.getContext("2d").getImageData(0, 0, made.width, made.height);
    if (!data.some((value, at) => at % 4 === 3 && value > CLEAR)) return null;
    return new Promise((answer) => made.toBlob(answer, "image/png"));
  };

  const open = async () => {
    const { picture, mask: old, hints: said, name } = section().dataset;
    try {
      const image = await atelier.easel.image(picture), { naturalWidth: width, naturalHeight: height } = image;
      if (about !== `${picture} ${old} ${said}`) {
        base = old ? await known(old, width, height) : null;
        ops = strokes(JSON.parse(said));
        about = `${picture} ${old} ${said}`;
      }
      // A copy outside the box: that is drawn anew when the steps go on, and strokes aren't to be lost.
      const dialog = document.body.appendChild(element.querySelector("dialog").cloneNode(true));
      const begin = () => op(dialog.querySelector("input[type=radio]:checked").value);
      dialog.addEventListener("close", () => dialog.remove());
      const easel = atelier.easel.open(dialog, image, width, height, { ops, base: base?.shown, begin });
      const done = async () => {
        const file = await mask(easel), told = hints(easel.paint);
        dialog.close();
        const made = file && await atelier.upload(file, name);
        if (file && !made) return;
        about = `${picture} ${made?.id ?? ""} ${JSON.stringify(told)}`;
        tell.mark({ picture, mask: made?.id ?? "", hints: told });
      };
      const acts = { "place-undo": easel.undo, "place-clear": easel.clear, "place-done": done, "place-leave": () => dialog.close() };
      dialog.addEventListener("click", (event) => acts[event.target.closest("button[data-act]")?.dataset.act]?.());
    } catch (problem) {
      atelier.tell(String(problem.message));
    }
  };

  const acts = {
    "place-open": open,
    "place-away": () => tell.mark({ picture: section().dataset.picture, mask: "", hints: [] }),
    "place-newest": () => tell.bring({ picture: "" }),
    withdraw: () => tell.withdraw({}),
  };
  element.addEventListener("click", (event) => acts[event.target.closest("button[data-act]")?.dataset.act]?.());
  element.addEventListener("change", async (event) => {
    const { act } = event.target.dataset, [file] = event.target.files ?? [];
    if (act === "confirm") tell.confirm({});
    if (!file) return;
    event.target.value = "";
    if (!file.type.startsWith("image/")) return atelier.tell(section().dataset.notImage);
    const made = await atelier.upload(file, file.name), { picture, hints: said } = section().dataset;
    if (made && act === "place-own") tell.bring({ picture: made.id });
    if (made && act === "place-mask") tell.mark({ picture, mask: made.id, hints: JSON.parse(said) });
  });
  atelier.refocus(element, watch);
};
