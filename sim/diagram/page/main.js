// What people do, and the frames that show what came of it.

const state = {pin: -1, related: null, hover: undefined, mouse: null, due: false, moved: true, scrolled: false};

// refresh draws anew in the next frame: all, or only what follows the pointer.
function refresh(moved = true) {
  state.moved ||= moved;
  if (!state.due) requestAnimationFrame(frame);
  state.due = true;
}

function frame() {
  if (state.moved) {
    drawBase($("base"));
    drawMini($("mini"));
    $("window").textContent = ev.n ? `${seconds(Math.max(0, view.t0), (view.t1 - view.t0) / 1000)} + ${duration(view.t1 - view.t0)}` : "no events";
    if (!state.scrolled) followDiagram([state.pin, violation?.from ?? -1].find(inView) ?? firstAt((view.t0 + view.t1) / 2));
  }
  drawOver($("over"));
  drawList();
  state.due = state.moved = state.scrolled = false;
}

function inView(i) { return i >= 0 && ev.at[i] >= view.t0 && ev.at[i] <= view.t1; }

// pin fixes event i as the one looked at; -1 for none.
function pin(i, move = true) {
  state.pin = i;
  state.related = i >= 0 ? relate(i) : null;
  showDetail(state.related);
  if (i >= 0 && move) reveal(i);
  refresh();
}

// walk pins the next event of the list, or the one before.
function walk(step) {
  const from = state.pin >= 0 ? state.pin : firstAt(view.t0) - Math.max(0, step), rows = side.rows;
  const i = step > 0 ? rows.find(j => j > from) : rows.findLast(j => j < from);
  if (i !== undefined) pin(i);
}

function hoverAt(x, y) {
  const it = y > AXIS && x > plot.left ? hit(x, y) : undefined, tip = $("tip");
  if (it && it !== state.hover) tip.replaceChildren(...card(it));
  Object.assign(state, {mouse: {x, y}, hover: it});
  tip.hidden = !it;
  tip.style.left = `${Math.max(4, Math.min(x + 16, plot.w - tip.offsetWidth - 4))}px`;
  tip.style.top = `${y + 20 + tip.offsetHeight > plot.h ? Math.max(4, y - tip.offsetHeight - 14) : y + 18}px`;
  refresh(false);
}

function hoverNothing() {
  Object.assign(state, {mouse: null, hover: undefined});
  $("tip").hidden = true;
  refresh(false);
}

// One pointer drags, two pinch; a click pins.
function listenToPointers(canvas) {
  const down = new Map();
  let way = 0;
  canvas.onpointerdown = e => {
    canvas.setPointerCapture(e.pointerId);
    if (!down.size) way = 0;
    down.set(e.pointerId, {x: e.offsetX, y: e.offsetY});
  };
  canvas.onpointermove = e => {
    const was = down.get(e.pointerId), now = {x: e.offsetX, y: e.offsetY};
    if (!was) return hoverAt(now.x, now.y);
    const other = [...down].find(([id]) => id !== e.pointerId)?.[1];
    way += Math.abs(now.x - was.x) + Math.abs(now.y - was.y);
    if (other) zoom(Math.max(1, Math.abs(was.x - other.x)) / Math.max(1, Math.abs(now.x - other.x)), other.x);
    else pan(was.x - now.x, was.y - now.y);
    down.set(e.pointerId, now);
    refresh();
  };
  canvas.onpointerup = canvas.onpointercancel = e => {
    down.delete(e.pointerId);
    if (way < 4 && e.type === "pointerup") pin(hit(e.offsetX, e.offsetY)?.from ?? -1, false);
  };
  canvas.onpointerleave = hoverNothing;
  canvas.addEventListener("wheel", e => {
    const unit = e.deltaMode ? 30 : 1;
    if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) pan((e.deltaX || e.deltaY) * unit, 0);
    else zoom(1.0015 ** (e.deltaY * unit * (e.ctrlKey ? 4 : 1)), e.offsetX); // ctrl: a touchpad's pinch
    e.preventDefault();
    refresh();
  }, {passive: false});
}

function listenToMini(canvas) {
  canvas.onpointerdown = canvas.onpointermove = e => {
    if (!e.buttons) return;
    canvas.setPointerCapture(e.pointerId);
    const t = e.offsetX / canvas.clientWidth * ev.end, half = (view.t1 - view.t0) / 2;
    show(t - half, t + half);
    refresh();
  };
}

function listenToList(box) {
  const at = e => +(e.target.closest(".row")?.dataset.event ?? -1);
  box.onclick = e => { if (at(e) >= 0) pin(at(e)); };
  box.onpointermove = e => { state.hover = itemOf(at(e)), refresh(false); };
  box.onpointerleave = hoverNothing;
  box.onscroll = () => {
    if (Math.abs(box.scrollTop - side.expected) < 2) return; // the diagram moved the list
    const middle = side.rows[Math.floor((box.scrollTop + box.clientHeight / 2) / ROW)];
    if (middle !== undefined && !inView(middle)) reveal(middle);
    state.scrolled = true;
    refresh();
  };
}

function listenToKeys() {
  const actions = {
    "+": () => zoom(0.7), "=": () => zoom(0.7), "-": () => zoom(1 / 0.7), 0: () => fit(), 1: () => fit(1e9), v: showViolation,
    ArrowLeft: () => pan(-80, 0), ArrowRight: () => pan(80, 0), ArrowUp: () => pan(0, -40), ArrowDown: () => pan(0, 40),
    n: () => walk(1), p: () => walk(-1), Escape: () => pin(-1), "/": () => $("text").focus(),
  };
  const inList = {ArrowUp: () => walk(-1), ArrowDown: () => walk(1)};
  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.type === "search" && e.key !== "Escape") return;
    const act = (e.target === $("list") && inList[e.key]) || actions[e.key.length === 1 ? e.key.toLowerCase() : e.key];
    if (!act) return;
    e.preventDefault();
    act();
    refresh();
  });
}

function showViolation() {
  if (violation) fitViolation();
  $("over").focus({preventScroll: true});
}

function copyCommand() {
  getSelection().selectAllChildren($("command"));
  document.execCommand("copy"); // old, but works from files and without permissions
  $("copy").textContent = "Copied";
}

function setTheme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").textContent = dark ? "Light" : "Dark";
  $("theme").onclick = () => setTheme(!dark);
  readColors();
  for (const canvas of document.querySelectorAll(".swatch")) canvas.paint();
  refresh();
}

function buildHeader() {
  const facts = {seed: doc.seed, hash: doc.hash, events: ev.n.toLocaleString("en"), time: duration(ev.end)};
  for (const [name, value] of Object.entries(facts)) $("facts").append(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  $("title").textContent = doc.title;
  $("replay").hidden = !doc.command;
  $("command").textContent = doc.command;
  $("verdict").hidden = !doc.broken && !violation;
  $("broken").textContent = doc.broken || str("text", violation?.from ?? -1);
  $("jump").hidden = !violation;
  for (const k of [...new Set(ev.key)].slice(0, 500)) if (k) $("known").append(el("option", {value: strings[k]}));
}

function resize() {
  const g = Object.assign($("base").getContext("2d"), {font: `600 13px ${FONT}`});
  lay($("plot").clientWidth, $("plot").clientHeight, Math.max(72, ...lanes.map(name => g.measureText(name).width + 22)));
  refresh();
}

function start() {
  const changed = () => { applyFilters(), refresh(); }, night = matchMedia("(prefers-color-scheme: dark)");
  buildHeader();
  buildTypes(changed);
  applyFilters();
  for (const id of ["text", "key", "slot"]) $(id).oninput = changed;
  $("filters").onsubmit = e => e.preventDefault();
  setTheme(night.matches);
  night.onchange = () => setTheme(night.matches);
  new ResizeObserver(resize).observe($("plot"));
  resize();
  listenToPointers($("over"));
  listenToMini($("mini"));
  listenToList($("list"));
  listenToKeys();
  const buttons = {in: () => zoom(0.6), out: () => zoom(1 / 0.6), fit: () => fit(), begin: () => fit(1e9), unpin: () => pin(-1), jump: showViolation, copy: copyCommand};
  for (const [id, act] of Object.entries(buttons)) $(id).onclick = () => { act(), refresh(); };
  if (violation) fitViolation(); else fit(1e9);
}

start();
