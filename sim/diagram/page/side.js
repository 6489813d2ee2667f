// Around the diagram: filters, the event that is pinned, the list of events.

const ROW = 24;
const side = {rows: [], expected: 0};
const $ = id => document.getElementById(id);

// el makes an element; strings among the children become text, never markup.
function el(tag, properties, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

// The types are filter and legend in one.
function buildTypes(changed) {
  for (const group of new Set(cats.map(cat => cat.group))) {
    const mine = cats.filter(cat => cat.group === group && cat.name !== "violation");
    const boxes = el("div", {role: "group", ariaLabel: group}, el("b", {}, group));
    for (const cat of mine) {
      const box = cat.box = el("input", {type: "checkbox", checked: true});
      const canvas = el("canvas", {className: "swatch"});
      box.onclick = e => {
        if (e.shiftKey) mine.forEach(other => other.box.checked = other === cat);
        changed();
      };
      canvas.paint = () => drawSwatch(prepare(canvas), cat);
      boxes.append(el("label", {title: "Shift: only this"}, box, canvas, cat.name, el("small", {}, cat.count.toLocaleString("en"))));
    }
    if (mine.length) $("types").append(boxes);
  }
}

function drawSwatch(g, cat) {
  Object.assign(g, {strokeStyle: colors[cat.paint], fillStyle: colors[cat.paint], lineWidth: 2});
  if (cat.group === "messages") {
    g.setLineDash(cat.dashed ? [6, 3] : []);
    line(g, 1, 8, 19, 8);
    head(g, {x1: 1, y1: 8, x2: 27, y2: 8});
  } else if (cat.name === "sync") {
    fill(g, {x: 2, y: 4, w: 24, h: 8}, colors.sync, 0.9);
  } else if (cat.group === "faults" || cat.group === "clients") {
    fill(g, {x: 2, y: 1, w: 24, h: 14}, colors[cat.paint], 0.35);
  } else {
    drawSymbol(g, {timers: "timer", members: "crash"}[cat.group] || cat.name, 14, 8, colors[cat.paint]);
  }
}

// applyFilters decides what is shown. Faults, crashes and the violation are
// context, which key, slot and text leave alone.
function applyFilters() {
  const text = $("text").value.trim().toLowerCase(), key = $("key").value.trim(), slots = $("slot").value.match(/\d+/g);
  const holds = text && strings.map(s => s.toLowerCase().includes(text)), names = lanes.map(name => name.toLowerCase().includes(text));
  const about = i => i >= 0 && (!key || str("key", i) === key) && (!slots || ev.slot[i] >= +slots[0] && ev.slot[i] <= +slots.at(-1)) &&
    (!text || holds[ev.name[i]] || holds[ev.text[i]] || holds[ev.key[i]] || names[ev.lane[i]]);
  const context = new Set(cats.filter(cat => cat.group === "faults" || cat.name === "crash, restart" || cat.name === "violation"));
  for (const it of items) it.shown = (it.cat.box?.checked ?? true) && (context.has(it.cat) || about(it.from) || about(it.to));
  side.rows = [];
  for (let i = 0; i < ev.n; i++) if (itemOf(i)?.shown ?? true) side.rows.push(i);
  $("rows").style.height = `${side.rows.length * ROW}px`;
  $("shown").textContent = (side.rows.length < ev.n ? `${side.rows.length.toLocaleString("en")} of ` : "") + `${ev.n.toLocaleString("en")} events`;
}

// drawList makes only the rows that are seen, however many events there are.
function drawList() {
  const box = $("list"), first = Math.max(0, Math.floor(box.scrollTop / ROW) - 4), rows = [];
  for (let r = first; r < side.rows.length && r < first + box.clientHeight / ROW + 8; r++) rows.push(listRow(r));
  $("rows").replaceChildren(...rows);
  box.setAttribute("aria-activedescendant", `row${state.pin}`);
}

function listRow(r) {
  const i = side.rows[r], it = itemOf(i), dot = el("i", {}), text = rowText(i).replaceAll("\n", " ");
  const row = el("div", {
    id: `row${i}`, role: "option", ariaSelected: `${i === state.pin}`, ariaPosInSet: r + 1, ariaSetSize: side.rows.length, title: text,
    className: `row ${it && it === state.hover ? "hover" : ""} ${inView(i) ? "seen" : ""} ${ev.kind[i] === K.broken ? "bad" : ""}`,
  }, el("time", {}, seconds(ev.at[i], 1000)), dot, el("b", {}, laneName(ev.lane[i])), el("span", {}, text));
  row.dataset.event = i;
  row.style.top = `${r * ROW}px`;
  if (it) dot.style.background = colors[it.cat.paint];
  return row;
}

// rowText says what event i is, in a line.
function rowText(i) {
  const message = itemOf(i)?.shape === "arrow", about = message ? itemOf(i).from : i;
  const slot = ev.slot[about] >= 0 ? ` ${ev.slot[about]}` : "", name = str("name", about) + slot, peer = laneName(ev.peer[i]), text = str("text", i);
  const both = text.startsWith(str("name", about)) ? text : `${name}  ${text}`;
  switch (ev.kind[i]) {
    case K.send: return `→ ${peer}  ${both}`;
    case K.deliver: return `← ${peer}  ${name}`;
    case K.drop: return `✕ ${name} from ${peer}: ${text}`;
    case K.timer: return `timer ${both}`;
    case K.sync: return `sync ${text}`;
    case K.synced: return `durable ${text}`;
    case K.crash: return `crash ${text}`;
    case K.start: return `start ${text}`;
    case K.healed: return `healed: ${itemOf(i) ? faultText(itemOf(i)) : name}`;
    case K.call: return `calls ${text}`;
    case K.return: return `returns ${text}`;
    case K.broken: return `VIOLATION ${str("name", i)}: ${text}`;
  }
  return both;
}

// followDiagram scrolls the list to event i, in the middle.
function followDiagram(i) {
  const r = side.rows.findIndex(j => j >= i), box = $("list");
  box.scrollTop = Math.max(0, (r < 0 ? side.rows.length : r) * ROW - box.clientHeight / 2);
  side.expected = box.scrollTop;
}

// card shows all that is known of an item.
function card(it) {
  const from = seconds(it.t1), to = it.to >= 0 ? `${seconds(ev.at[it.to])}  (${duration(ev.at[it.to] - it.t1)})` : "the end of the trace", message = it.shape === "arrow";
  const end = {delivered: ["delivered", to], lost: ["lost", str("text", it.to)], flying: ["", "on its way when the trace ends"]}[it.fate];
  const facts = [
    [message ? "sent" : "at", from], end || (it.to >= 0 || it.open) && ["until", to],
    ["", str("text", it.from)], it.outcome && ["outcome", str("text", it.to) || it.outcome],
    it.copy && ["", "a duplicate"], ev.kind[it.to] === K.crash && ["", "cut short by a crash"],
    ev.slot[it.from] >= 0 && ["slot", `${ev.slot[it.from]}`], ["key", str("key", it.from)],
  ];
  const rows = facts.filter(fact => fact && fact[1]).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
  return [el("h2", {}, headline(it)), el("dl", {}, ...rows)];
}

function headline(it) {
  const where = it.shape === "fault" ? it.lanes.map(laneName).join(", ") : laneName(it.lane);
  return `${it.shape === "mark" ? markText(it) : it.cat.name}  ${where}` + (it.shape === "arrow" ? ` → ${laneName(it.lane2)}` : "");
}

function showDetail(related) {
  $("detail").hidden = $("unpin").hidden = !related;
  if (!related) return;
  const steps = related.chain.slice(0, 20).map(j => el("li", {}, el("button", {onclick: () => pin(j)}, `${laneName(ev.lane[j])}: ${rowText(j)}`)));
  const about = related.slot >= 0 ? [el("p", {}, `${related.about.length} things about slot ${related.slot} are marked.`)] : [];
  const led = steps.length ? [el("p", {}, "What led to it, latest first:"), el("ol", {}, ...steps)] : [];
  $("detail").replaceChildren(...(related.own ? card(related.own) : [el("h2", {}, rowText(related.event))]), ...about, ...led);
}
