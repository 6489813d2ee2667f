// The window on the trace: which times and lanes are seen, and where they are
// on the canvas. Times are nanoseconds since the start of the world.

const AXIS = 26, RIBBON = 15, RIBBONS = 6, SHORTEST = 100;
const view = {t0: 0, t1: 1, scroll: 0};
const plot = {w: 0, h: 0, left: 0, top: 0, gap: 0, clientGap: 0, seen: []};

function X(t) { return plot.left + (t - view.t0) / (view.t1 - view.t0) * (plot.w - plot.left); }
function T(x) { return view.t0 + (x - plot.left) / (plot.w - plot.left) * (view.t1 - view.t0); }
function Y(lane) {
  const client = lane - members, last = plot.top + Math.max(0, members - 1) * plot.gap - view.scroll;
  return client < 0 ? plot.top + lane * plot.gap - view.scroll : last + 48 + client * plot.clientGap;
}

// lanesTop is where the lanes begin: below the axis and the faults' ribbons.
function lanesTop() { return AXIS + Math.min(ribbons, RIBBONS) * RIBBON; }

// lay fits the lanes into a canvas of w by h; what does not fit is scrolled to.
function lay(w, h, left) {
  const clients = lanes.length - members, top = lanesTop() + 72, room = h - top - 80;
  const clientGap = Math.max(28, Math.min(60, room * 0.4 / clients));
  const gap = Math.max(56, Math.min(170, (room - clients * clientGap) / Math.max(1, members - 1)));
  Object.assign(plot, {w, h, left, top, gap, clientGap});
  scrollTo(view.scroll);
}

function scrollTo(y) {
  view.scroll = Math.max(0, Math.min(y, Y(lanes.length - 1) + view.scroll + 30 - plot.h));
}

// show sets the window, keeps it near the run, and not below SHORTEST.
function show(t0, t1) {
  const longest = Math.max(ev.end * 1.2, 1e6);
  const span = Math.min(longest, Math.max(SHORTEST, t1 - t0));
  const middle = Math.min(ev.end + span * 0.4, Math.max(-span * 0.4, (t0 + t1) / 2));
  view.t0 = middle - span / 2;
  view.t1 = middle + span / 2;
}

function zoom(factor, x = (plot.left + plot.w) / 2) {
  const t = T(x);
  show(t - (t - view.t0) * factor, t + (view.t1 - t) * factor);
}

function pan(dx, dy) {
  const dt = T(dx) - T(0);
  show(view.t0 + dt, view.t1 + dt);
  scrollTo(view.scroll + dy);
}

// fit shows the run from its start, all of it or as much.
function fit(much = ev.end) { show(-0.02 * Math.min(much, ev.end), 1.03 * Math.min(much, ev.end)); }

// fitViolation shows the last 15 to 40 events before the violation, as many as
// come close after each other, but no less time than messages need.
function fitViolation() {
  const to = violation.t1, span = k => Math.max(2 * typical, to - ev.at[Math.max(0, violation.from - k)]);
  let most = 15;
  for (let k = 16; k <= 40; k++) if (k ** 1.5 / span(k) >= most ** 1.5 / span(most)) most = k;
  show(to - span(most) * 1.04, to + span(most) * 0.14);
  revealLane(violation.lane);
}

// revealLane scrolls no further than it takes to see a lane.
function revealLane(lane) {
  const y = Y(lane) + view.scroll;
  if (lane >= 0) scrollTo(Math.min(Math.max(view.scroll, y - plot.h + 60), y - plot.top + 20));
}

// reveal moves the window to event i unless it is seen already.
function reveal(i) {
  const t = ev.at[i], span = view.t1 - view.t0;
  revealLane(ev.lane[i]);
  if (t < view.t0 + span * 0.02 || t > view.t1 - span * 0.02) show(t - span / 2, t + span / 2);
}

// seconds formats a time with as many decimals as tell steps apart, in groups of three.
function seconds(ns, step = 1) {
  const decimals = Math.max(0, Math.min(9, 9 - Math.floor(Math.log10(step) + 1e-9)));
  const [whole, rest = ""] = (ns / 1e9).toFixed(decimals).split(".");
  return whole + (rest && "." + rest.replace(/(\d{3})(?=\d)/g, "$1\u2009")) + "\u2009s";
}

// duration formats a length of time for people.
function duration(ns) {
  const [unit, name] = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]].find(([u]) => ns >= u) || [1, "ns"];
  return `${+(ns / unit).toPrecision(4)} ${name}`;
}

// ticks returns the distance of the axis's ticks: 1, 2 or 5 times a power of ten.
function ticks() {
  const raw = (view.t1 - view.t0) / Math.max(2, (plot.w - plot.left) / 130);
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].find(m => m * power >= raw) * power;
}
