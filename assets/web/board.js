// Painting over a picture in a dialog: lines, a box and points, by pointer, touch and keys. What is painted stays with who opens it.
atelier.easel = (() => {
  const DOT = 0.01;  // nothing is drawn of a line without length
  const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const NEAR = 0.01, FAR = 0.05;  // shares of the longer side that a key goes
  const easels = new WeakMap();

  const draw = {
    line(pen, { erase, wide, colour, points }, from = 0) {
      Object.assign(pen, { lineWidth: wide, lineCap: "round", lineJoin: "round", strokeStyle: colour });
      pen.globalCompositeOperation = erase ? "destination-out" : "source-over";
      pen.beginPath();
      pen.moveTo(points[from][0] - DOT, points[from][1]);
      for (const point of points.slice(from)) pen.lineTo(...point);
      pen.stroke();
      pen.globalCompositeOperation = "source-over";
    },
    box(pen, { colour, points: [one, other] }) {
      Object.assign(pen, { lineWidth: pen.canvas.width / 160, lineJoin: "miter", strokeStyle: colour });
      pen.strokeRect(one[0], one[1], other[0] - one[0], other[1] - one[1]);
    },
    point(pen, { colour, points: [[x, y]], sign }) {
      const size = Math.max(pen.canvas.width, pen.canvas.height) / 70;
      Object.assign(pen, { fillStyle: colour, strokeStyle: "#fff", lineWidth: size / 3, lineCap: "butt" });
      pen.beginPath();
      pen.arc(x, y, size, 0, 2 * Math.PI);
      pen.fill();
      pen.beginPath();
      pen.moveTo(x - size / 2, y);
      pen.lineTo(x + size / 2, y);
      if (sign === "in") { pen.moveTo(x, y - size / 2); pen.lineTo(x, y + size / 2); }
      pen.stroke();
    },
  };
  // What still counts: nothing from before all was cleared, and of the boxes the last.
  const valid = (ops) => {
    const left = ops.slice(ops.findLastIndex((op) => op.kind === "clear") + 1), box = left.findLast((op) => op.kind === "box");
    return left.filter((op) => op.kind !== "box" || op === box);
  };
  // `base` lies under the strokes, also when those are cleared if it `stays`.
  const render = (canvas, { ops, base, stays }) => {
    const pen = canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    if (base && (stays || !ops.some((op) => op.kind === "clear"))) pen.drawImage(base, 0, 0, canvas.width, canvas.height);
    for (const op of valid(ops)) draw[op.kind](pen, op);
  };

  const made = (dialog) => {
    const [frame, paint] = dialog.querySelectorAll("canvas"), mark = dialog.querySelector(".at-easel-ring"), range = dialog.querySelector("input[type=range]");
    const easel = { dialog, frame, paint, held: null, at: null };
    const redraw = () => render(paint, easel);
    const wide = () => (Number(range.value) / 100) * Math.max(paint.width, paint.height);
    const ring = ([x, y], size = wide()) => {
      const box = paint.getBoundingClientRect(), scale = box.width / paint.width;
      mark.hidden = false;
      Object.assign(mark.style, { width: `${size * scale}px`, height: `${size * scale}px`, left: `${x * scale}px`, top: `${y * scale}px` });
    };
    const begin = (point, pointer) => {
      const op = { wide: wide(), ...easel.begin() };
      op.points = op.kind === "box" ? [point, point] : [point];
      easel.ops.push(op);
      easel.held = { op, pointer };
      redraw();
    };
    const extend = (points) => {
      const { op } = easel.held;
      if (op.kind === "line") {
        op.points.push(...points);
        draw.line(paint.getContext("2d"), op, op.points.length - points.length - 1);
      } else {
        op.points[op.points.length - 1] = points.at(-1);
        redraw();
      }
    };
    const end = () => {
      const op = easel.held?.op;
      easel.held = null;
      mark.classList.remove("at-down");
      if (op?.kind !== "box" || op.points.every((point, at) => at === 0 || (point[0] !== op.points[0][0] && point[1] !== op.points[0][1]))) return;
      easel.ops.splice(easel.ops.indexOf(op), 1);  // a box of nothing
      redraw();
    };
    const place = (event) => {
      const box = paint.getBoundingClientRect(), part = (at, size) => Math.min(Math.max(at / size, 0), 1);
      return [part(event.clientX - box.left, box.width) * paint.width, part(event.clientY - box.top, box.height) * paint.height];
    };
    paint.addEventListener("pointerdown", (event) => {
      if (event.button || easel.held) return;
      paint.focus({ preventScroll: true });
      event.preventDefault();
      paint.setPointerCapture(event.pointerId);
      begin(place(event), event.pointerId);
    });
    paint.addEventListener("pointermove", (event) => {
      easel.at = place(event);
      if (event.pointerType !== "touch") ring(easel.at);
      if (easel.held?.pointer !== event.pointerId) return;
      const steps = event.getCoalescedEvents?.() ?? [];
      extend((steps.length ? steps : [event]).map(place));
    });
    paint.addEventListener("pointerout", () => { mark.hidden = true; });
    for (const name of ["pointerup", "pointercancel"]) {
      paint.addEventListener(name, (event) => { if (easel.held?.pointer === event.pointerId) end(); });
    }
    paint.addEventListener("blur", () => { end(); mark.hidden = true; });
    paint.addEventListener("focus", () => ring(easel.at));
    paint.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const way = KEYS[event.key], far = (event.shiftKey ? FAR : NEAR) * Math.max(paint.width, paint.height);
      if (way) {
        easel.at = [paint.width, paint.height].map((size, axis) => Math.min(Math.max(easel.at[axis] + way[axis] * far, 0), size));
        if (easel.held) extend([easel.at]);
      } else if (event.key === " " || event.key === "Enter") {
        if (easel.held) end();
        else begin(easel.at, "keys");
        if (easel.held?.op.kind === "point") end();
        mark.classList.toggle("at-down", Boolean(easel.held));
      } else return;
      event.preventDefault();
      ring(easel.at);
    });
    // The page's own keys stop and run jobs: not from here.
    dialog.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      easel.undo();
    });
    const undo = () => { easel.held = null; easel.ops.pop(); redraw(); };
    const clear = () => { easel.held = null; easel.ops.push({ kind: "clear" }); redraw(); };
    return Object.assign(easel, { redraw, undo, clear });
  };

  return {
    valid,
    render,
    sheet: (width, height) => Object.assign(document.createElement("canvas"), { width, height }),
    async image(id) {
      const found = Object.assign(new Image(), { src: `files/${id}` });
      await found.decode();
      return found;
    },
    // Shows a picture (an image or a video, `width` × `height`) to be painted over. `ops` takes what is painted;
    // `begin()` says what the next stroke is: its kind (line, box, point), colour, and whether it erases.
    open(dialog, picture, width, height, given) {
      if (!easels.has(dialog)) easels.set(dialog, made(dialog));
      const easel = Object.assign(easels.get(dialog), given, { held: null, at: [width / 2, height / 2] });
      for (const canvas of [easel.frame, easel.paint]) Object.assign(canvas, { width, height });
      easel.frame.getContext("2d").drawImage(picture, 0, 0, width, height);
      dialog.style.setProperty("--at-ratio", width / height);
      easel.redraw();
      dialog.showModal();
      return easel;
    },
  };
})();
