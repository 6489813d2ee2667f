// Drawing. The base canvas holds the diagram, the one over it what changes with
// the pointer. Both are drawn whole, from the window alone, whenever it moves.

const MANY = 700; // items, beyond which arrows lose heads and labels
const CROWD = 3000; // and beyond which those that would cover each other are left out
const FONT = "system-ui, sans-serif", LABEL = `11px ${FONT}`;
const colors = {};

// readColors takes the colours of the current theme from the style sheet.
function readColors() {
  const probe = document.body.appendChild(document.createElement("i"));
  const own = ["bg", "ink", "soft", "line", "grid", "accent", "bad", "client", "ok", "unsure", "failed"];
  for (const name of [...own, ...cats.map(cat => cat.paint)]) {
    probe.style.color = `var(--${name})`;
    colors[name] = getComputedStyle(probe).color;
  }
  probe.remove();
}

// prepare clears a canvas and fits it to its box at the screen's own resolution.
function prepare(canvas) {
  const ratio = devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight, g = canvas.getContext("2d");
  if (canvas.width !== Math.round(w * ratio)) canvas.width = Math.round(w * ratio);
  if (canvas.height !== Math.round(h * ratio)) canvas.height = Math.round(h * ratio);
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, w, h);
  g.textBaseline = "middle";
  return g;
}

function line(g, x1, y1, x2, y2, color = g.strokeStyle, width = g.lineWidth) {
  Object.assign(g, {strokeStyle: color, lineWidth: width});
  g.beginPath();
  g.moveTo(x1, y1);
  g.lineTo(x2, y2);
  g.stroke();
}

function ring(g, x, y, r, color, width) {
  Object.assign(g, {strokeStyle: color, lineWidth: width});
  g.beginPath();
  g.arc(x, y, r, 0, 2 * Math.PI);
  g.stroke();
}

function fill(g, box, color, alpha = 1) {
  Object.assign(g, {fillStyle: color, globalAlpha: alpha}).fillRect(box.x, box.y, box.w, box.h);
  g.globalAlpha = 1;
}

// inside writes as much of text into a box as fits.
function inside(g, text, box) {
  if (box.w < 24) return;
  g.font = LABEL;
  const width = g.measureText(text).width, room = box.w - 8;
  if (width > room) text = text.slice(0, Math.max(1, Math.floor(text.length * room / width) - 1)) + "…";
  g.fillStyle = colors.ink;
  g.fillText(text, box.x + 4, box.y + box.h / 2 + 0.5);
}

function clipToLanes(g) {
  g.save();
  g.beginPath();
  g.rect(plot.left, lanesTop(), plot.w, plot.h);
  g.clip();
}

function drawBase(canvas) {
  const g = prepare(canvas);
  plot.seen = thin(query(view.t0, view.t1));
  const faults = plot.seen.filter(it => it.shape === "fault");
  drawAxis(g);
  clipToLanes(g);
  for (const it of faults) for (const box of bandBoxes(it)) fill(g, box, colors[it.cat.paint], 0.13);
  lanes.forEach((_, lane) => drawLane(g, lane));
  paint(g, plot.seen, plot.seen.length < MANY);
  g.restore();
  for (const it of faults) {
    fill(g, ribbonBox(it), colors[it.cat.paint], 0.3);
    if (it.level < RIBBONS) inside(g, faultText(it), ribbonBox(it)); // the rest share the last row
  }
  drawNames(g);
}

// thin leaves out what would be drawn within a few pixels of its like.
function thin(seen) {
  if (seen.length < CROWD) return seen;
  const apart = seen.length < 5 * CROWD ? 1.5 : 3, last = new Map();
  return seen.filter(it => {
    if (["fault", "broken", "down"].includes(it.shape)) return true;
    const like = (cats.indexOf(it.cat) * 256 + it.lane) * 256 + it.lane2, x1 = X(it.t1), x2 = X(it.t2), was = last.get(like);
    if (was && x1 - was[0] < apart && Math.abs(x2 - was[1]) < apart) return false;
    last.set(like, [x1, x2]);
    return true;
  });
}

// paint draws items, the ones that matter most last.
function paint(g, seen, detail, strong) {
  const of = shape => seen.filter(it => it.shape === shape), arrows = of("arrow"), marks = of("mark");
  const labels = detail ? new Labels(g) : null;
  for (const it of of("sync")) {
    fill(g, syncBox(it), colors.sync, it.open || ev.kind[it.to] === K.crash ? 0.45 : 0.9);
    labels?.reserve(syncBox(it));
  }
  for (const it of of("call")) drawCall(g, it, labels);
  drawArrows(g, arrows, detail, strong);
  for (const it of marks) {
    const {x, y} = markPos(it);
    drawSymbol(g, symbolOf(it), x, y, colors[it.cat.paint]);
    labels?.reserve({x: x - 4, y: y - 4, w: 6, h: 8});
  }
  for (const it of of("broken")) drawBroken(g, it, labels);
  if (!labels) return;
  for (const {x2, y2} of arrows.filter(it => it.fate === "lost").map(segment)) labels.reserve({x: x2 - 5, y: y2 - 5, w: 10, h: 10});
  const label = it => labels.place(markText(it), markPos(it).x + 8, markPos(it).y + (markRow(it) ? 0 : 13), 0, colors[markRow(it) ? "ink" : "soft"]);
  for (const it of marks) if (ev.kind[it.from] !== K.timer) label(it);
  for (const it of arrows) labelArrow(it, labels);
  for (const it of marks) if (ev.kind[it.from] === K.timer) label(it);
}

function drawAxis(g) {
  const step = ticks();
  g.font = LABEL;
  for (let t = Math.max(0, Math.ceil(view.t0 / step)) * step; t < view.t1; t += step) {
    const text = seconds(t, step), x = Math.round(X(t)) + 0.5, half = g.measureText(text).width / 2;
    line(g, x, AXIS, x, plot.h, colors.grid, 1);
    g.fillStyle = colors.soft;
    if (x + half < plot.w) g.fillText(text, x - half, AXIS / 2);
  }
  line(g, 0, AXIS - 0.5, plot.w, AXIS - 0.5, colors.line, 1);
}

// A fault is a ribbon with its name above the lanes, and a band over those it strikes.
function bandBoxes(it) {
  const x = X(it.t1), w = Math.max(1, X(it.t2) - x), around = 34;
  if (it.lanes.includes(-1)) return [{x, y: 0, w, h: Y(members - 1) + around}];
  return it.lanes.map(lane => ({x, y: Y(lane) - around, w, h: 2 * around}));
}

function ribbonBox(it) {
  const x = Math.max(plot.left, X(it.t1));
  return {x, y: AXIS + Math.min(it.level, RIBBONS - 1) * RIBBON + 1, w: Math.max(2, Math.min(plot.w, X(it.t2)) - x), h: RIBBON - 2};
}

function faultText(it) {
  const name = str("name", it.from), text = str("text", it.from);
  return text.startsWith(name) ? text : `${name} ${text}`.trim();
}

// drawLane draws a line where the member is up, dots where it is down.
function drawLane(g, lane) {
  const y = Math.round(Y(lane)), downs = plot.seen.filter(it => it.shape === "down" && it.lane === lane);
  let x = X(0);
  for (const it of downs) {
    line(g, x, y, X(it.t1), y, colors.line, 2);
    g.setLineDash([2, 6]);
    line(g, X(it.t1), y, x = X(it.t2), y);
    g.setLineDash([]);
  }
  if (!downs.at(-1)?.open) line(g, x, y, X(ev.end), y, colors.line, 2);
}

function drawNames(g) {
  fill(g, {x: 0, y: AXIS, w: plot.left, h: plot.h}, colors.bg);
  lanes.forEach((name, lane) => {
    const member = lane < members, y = Y(lane);
    if (y < lanesTop()) return;
    Object.assign(g, {font: `${member ? "600 13px" : "12px"} ${FONT}`, fillStyle: colors[member ? "ink" : "soft"]}).fillText(name, 10, y);
    if (member) Object.assign(g, {font: `10px ${FONT}`, fillStyle: colors.soft}).fillText(`member ${lane}`, 10, y + 15); // as faults name it
  });
  line(g, plot.left - 0.5, AXIS, plot.left - 0.5, plot.h, colors.line, 1);
}

// segment is where an arrow is drawn: as far as its message came, within the canvas.
function segment(it) {
  const x = X(it.t1), y = Y(it.lane), came = it.fate === "delivered" ? 1 : 0.6;
  const dx = (X(it.t2) - x) * came, dy = (Y(it.lane2) - y) * came;
  const a = dx ? Math.max(0, (plot.left - 30 - x) / dx) : 0, b = dx ? Math.min(1, (plot.w + 30 - x) / dx) : 1;
  return {x1: x + a * dx, y1: y + a * dy, x2: x + b * dx, y2: y + b * dy};
}

function drawArrows(g, arrows, detail, strong) {
  for (const same of Map.groupBy(arrows, it => it.cat.paint + it.cat.dashed + it.copy).values()) {
    const {cat, copy} = same[0], ends = same.map(segment);
    g.strokeStyle = g.fillStyle = colors[cat.paint];
    Object.assign(g, {lineWidth: strong ? 2.6 : detail ? 1.5 : 1, globalAlpha: detail ? 1 : arrows.length < 2 * MANY ? 0.7 : 0.4});
    g.setLineDash(copy ? [1.5, 3] : cat.dashed && detail ? [6, 3] : []);
    g.beginPath();
    for (const s of ends) g.moveTo(s.x1, s.y1), g.lineTo(s.x2, s.y2);
    g.stroke();
    g.setLineDash([]);
    if (detail) same.forEach((it, n) => it.fate === "lost" ? cross(g, ends[n].x2, ends[n].y2, 4.5) : it.fate === "delivered" && head(g, ends[n]));
  }
  g.globalAlpha = 1;
}

function head(g, s) {
  const angle = Math.atan2(s.y2 - s.y1, s.x2 - s.x1), length = 9;
  g.beginPath();
  g.moveTo(s.x2, s.y2);
  for (const side of [-0.36, 0.36]) g.lineTo(s.x2 - length * Math.cos(angle + side), s.y2 - length * Math.sin(angle + side));
  g.fill();
}

function cross(g, x, y, r) {
  line(g, x - r, y - r, x + r, y + r, g.strokeStyle, 2.2);
  line(g, x - r, y + r, x + r, y - r);
}

function syncBox(it) { return {x: X(it.t1), y: Y(it.lane) - 4, w: Math.max(2, X(it.t2) - X(it.t1)), h: 8}; }

function callBox(it) {
  const x = Math.max(plot.left - 10, X(it.t1));
  return {x, y: Y(it.lane) - 9 + it.level % 3 * 20, w: Math.max(3, X(it.t2) - x), h: 18};
}

// A call is full if it is done, hollow if it failed or its client does not know.
const outcomes = new Map([["done", ["ok", "✓"]], ["not executed", ["failed", "✗"]], ["open", ["unsure", "…"]], ["unknown", ["unsure", "?"]]]);

function drawCall(g, it, labels) {
  const box = callBox(it), full = it.outcome === "done", [paint, sign] = outcomes.get(it.outcome) || outcomes.get("unknown"), color = colors[paint];
  fill(g, box, colors.bg);
  fill(g, box, color, full ? 0.28 : 0.1);
  g.strokeStyle = color;
  g.lineWidth = 1;
  g.setLineDash(full ? [] : [4, 3]);
  g.strokeRect(box.x + 0.5, box.y + 0.5, box.w - 1, box.h - 1);
  g.setLineDash([]);
  if (!labels) return;
  const seen = Math.max(box.x, plot.left);
  inside(g, `${sign} ${str("text", it.from)}${it.outcome === "done" ? " → " + str("text", it.to) : ""}`, {...box, x: seen, w: box.x + box.w - seen});
  labels.reserve(box);
}

// Observed events sit in rows above their lane, one row a kind, so that what
// happens at the same time does not lie on each other.
function markRow(it) {
  const row = ["", "executed", "chosen"].indexOf(it.cat.name);
  return ev.kind[it.from] !== K.observed ? 0 : row > 0 ? row : 3;
}

function markPos(it) { return {x: X(it.t1), y: Y(it.lane) - [0, 15, 29, 43][markRow(it)]}; }

function symbolOf(it) { return {[K.timer]: "timer", [K.crash]: "crash", [K.start]: "start"}[ev.kind[it.from]] || it.cat.name; }

function drawSymbol(g, name, x, y, color) {
  const polygon = (...points) => {
    g.beginPath();
    for (const [dx, dy] of points) g.lineTo(x + dx, y + dy);
    g.closePath();
  };
  g.fillStyle = g.strokeStyle = color;
  g.lineWidth = 1.6;
  switch (name) {
    case "elected": // a star
      polygon(...Array.from({length: 10}, (_, i) => [Math.sin(i * Math.PI / 5), -Math.cos(i * Math.PI / 5)].map(c => c * (i % 2 ? 3 : 7))));
      return g.fill();
    case "stepped-down": return polygon([-5, -4], [5, -4], [0, 5]), g.stroke();
    case "chosen": return polygon([0, -5], [5, 0], [0, 5], [-5, 0]), g.fill();
    case "executed": return polygon([-3, -3], [3, -3], [3, 3], [-3, 3]), g.fill();
    case "start": return polygon([-4, -6], [6, 0], [-4, 6]), g.fill();
    case "crash": return cross(g, x, y, 7);
  }
  ring(g, x, y, 3.5, color, 1.6);
  g.fillStyle = name === "timer" ? colors.bg : color;
  g.fill();
}

function brokenBox(it) { return {x: Math.min(X(it.t1), plot.w - 96), y: lanesTop() + 2, w: 96, h: 20}; }

function drawBroken(g, it, labels) {
  const x = X(it.t1), flag = brokenBox(it);
  fill(g, {x: x - 7, y: 0, w: 14, h: plot.h}, colors.bad, 0.18);
  line(g, x, 0, x, plot.h, colors.bad, 2.5);
  if (it.lane >= 0) ring(g, x, Y(it.lane), 11, colors.bad, 3);
  fill(g, flag, colors.bad);
  Object.assign(g, {font: `700 12px ${FONT}`, fillStyle: colors.bg}).fillText("VIOLATION", flag.x + 10, flag.y + flag.h / 2 + 0.5);
  labels?.reserve(flag);
}

// Labels are written only where nothing else is: a set of cells of 6 by 6
// pixels knows what is taken.
class Labels {
  constructor(g) { Object.assign(this, {g, taken: new Set()}); }

  width(text) { return Object.assign(this.g, {font: LABEL}).measureText(text).width; }

  cell(x, y) { return Math.floor(x / 6) * 8192 + Math.floor(y / 6); }

  reserve(box) {
    const left = Math.max(box.x, plot.left), right = Math.min(box.x + box.w, plot.w);
    for (let x = left; x <= right; x += 6) for (let y = box.y; y <= box.y + box.h; y += 6) this.taken.add(this.cell(x, y));
  }

  // place writes text from (x, y) on, turned by angle, and says whether it could.
  place(text, x, y, angle, color) {
    const g = this.g, width = this.width(text), cos = Math.cos(angle), sin = Math.sin(angle), cells = [];
    for (let along = 0; along < width + 6; along += 6) {
      for (const across of [-4, 0, 4]) {
        const cx = x + along * cos - across * sin, cy = y + along * sin + across * cos;
        if (cx < plot.left || cx > plot.w || cy < lanesTop()) return false;
        cells.push(this.cell(cx, cy));
      }
    }
    if (cells.some(cell => this.taken.has(cell))) return false;
    for (const cell of cells) this.taken.add(cell);
    g.save();
    g.translate(x, y);
    g.rotate(angle);
    Object.assign(g, {strokeStyle: colors.bg, fillStyle: color, lineWidth: 3.5, lineJoin: "round"});
    g.strokeText(text, 0, 0);
    g.fillText(text, 0, 0);
    g.restore();
    return true;
  }
}

// subject is what a label says an event is about: its slot, or its ballot.
function subject(i) { return ev.slot[i] >= 0 ? ` ${ev.slot[i]}` : ` ${str("text", i).match(/\b(Ballot|Upto):([^ {}]+)/)?.[2] ?? ""}`.trimEnd(); }

function markText(it) { return ev.kind[it.from] === K.observed ? it.cat.name + subject(it.from) : ev.kind[it.from] === K.timer ? it.cat.name : symbolOf(it); }

// labelArrow writes along the part of an arrow that is seen.
function labelArrow(it, labels) {
  const s = segment(it), text = str("name", it.from) + subject(it.from);
  const length = Math.hypot(s.x2 - s.x1, s.y2 - s.y1), angle = Math.atan2(s.y2 - s.y1, s.x2 - s.x1), cos = Math.cos(angle), sin = Math.sin(angle);
  const width = labels.width(text), first = Math.max(0, (plot.left - s.x1) / cos) + 8, last = Math.min(length, (plot.w - s.x1) / cos) - 12 - width;
  for (const at of Math.abs(angle) < 1.5 && last > first ? [0.5, 0.3, 0.7, 0.1, 0.9] : []) {
    const along = first + at * (last - first);
    if (labels.place(text, s.x1 + along * cos + 8 * sin, s.y1 + along * sin - 8 * cos, angle, colors[it.cat.paint])) return;
  }
}

// drawOver shows what is pinned, by dimming the rest, and what is pointed at.
function drawOver(canvas) {
  const g = prepare(canvas), {related, hover, mouse} = state;
  clipToLanes(g);
  if (related) {
    fill(g, {x: plot.left, y: 0, w: plot.w, h: plot.h}, colors.bg, 0.75);
    related.past.forEach((i, lane) => { if (i >= 0) line(g, X(0), Y(lane), X(ev.at[i]), Y(lane), colors.accent, 2); });
    const seen = [...new Set([...related.about, ...related.because])].filter(it => it.t1 <= view.t1 && it.t2 >= view.t0);
    paint(g, seen, seen.length < MANY);
    paint(g, related.because, false, true);
    if (violation && inView(violation.from)) drawBroken(g, violation);
    if (ev.lane[related.event] >= 0) ring(g, X(ev.at[related.event]), Y(ev.lane[related.event]), 12, colors.accent, 2.5);
  }
  if (hover) paint(g, [hover], true, true);
  g.restore();
  if (mouse?.x > plot.left) line(g, mouse.x, AXIS, mouse.x, plot.h, colors.line, 1);
}

// drawMini shows the whole run: how much happens when, faults, who is down, the
// violation, and the window.
function drawMini(canvas) {
  const g = prepare(canvas), w = canvas.clientWidth, h = canvas.clientHeight, at = t => t / Math.max(1, ev.end) * w;
  const span = (it, y, h, alpha) => fill(g, {x: at(it.t1), y, w: Math.max(2, at(it.t2) - at(it.t1)), h}, it.shape === "down" ? colors.ink : colors[it.cat.paint], alpha);
  const counts = new Float64Array(Math.ceil(w / 3) + 1);
  for (const i of side.rows) counts[Math.floor(at(ev.at[i]) / 3)]++;
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  for (const it of items) if (it.shape === "fault") span(it, 0, h, 0.25);
  counts.forEach((count, n) => { if (count) fill(g, {x: n * 3, y: h, w: 2, h: -Math.max(1, Math.sqrt(count / most) * (h - 12))}, colors.soft); });
  for (const it of items) if (it.shape === "down") span(it, h - 4, 4, 1);
  const box = {x: at(view.t0), y: 0, w: Math.max(3, at(view.t1) - at(view.t0)), h};
  fill(g, box, colors.accent, 0.16);
  Object.assign(g, {strokeStyle: colors.accent, lineWidth: 1}).strokeRect(box.x, 0.5, box.w, h - 1);
  if (violation) fill(g, {x: at(violation.t1) - 3, y: 0, w: 3, h}, colors.bad);
}
