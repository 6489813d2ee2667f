"use strict";

// The trace, as package diagram wrote it. An event has a time, a lane and a
// text; an item is what is drawn as one thing, for one event or for two.

const doc = JSON.parse(document.getElementById("trace").textContent);
const {kinds: K, lanes, members, cats, strings} = doc;
const ev = readEvents(doc.events);
let typical; // time that a message takes
const items = readItems(doc.items);
const violation = items.findLast(it => it.shape === "broken");
const ribbons = items.reduce((most, it) => it.shape === "fault" ? Math.max(most, it.level + 1) : most, 0);

function readEvents(columns) {
  const ev = {n: (columns.at || []).length};
  for (const [name, values] of Object.entries(columns)) ev[name] = Float64Array.from(values || []);
  for (let i = 1; i < ev.n; i++) ev.at[i] += ev.at[i - 1];
  ev.end = ev.n ? ev.at[ev.n - 1] : 0;
  return ev;
}

function readItems(columns) {
  const copies = new Set(columns.copy), flights = [];
  const items = (columns.shape || []).map((shape, n) => {
    const from = columns.from[n], to = columns.to[n], sent = ev.kind[from] === K.send;
    const span = ["sync", "call", "down", "fault"].includes(shape);
    const it = {
      n, shape, from, to, cat: cats[columns.cat[n]], level: columns.level[n], copy: copies.has(n), lanes: columns.lanes[n], shown: true,
      open: span && to < 0, t1: ev.at[from], t2: to >= 0 ? ev.at[to] : span ? ev.end : ev.at[from], lane: ev.lane[from], lane2: ev.lane[from],
    };
    if (shape === "arrow") {
      it.lane2 = ev.peer[from];
      if (!sent) [it.lane, it.lane2] = [it.lane2, it.lane]; // its sending is not in the trace
      it.fate = to < 0 ? "flying" : ev.kind[to] === K.drop ? "lost" : "delivered";
      if (it.fate === "delivered") flights.push(it.t2 - it.t1);
    }
    if (shape === "call") it.outcome = it.open ? "open" : str("name", to);
    return it;
  });
  typical = flights.sort((a, b) => a - b)[flights.length >> 1] || 1e6;
  for (const it of items) { // what never arrived needs a slope, too: to the end, if that is near
    if (it.fate === "flying") it.t2 = ev.end - it.t1 < 10 * typical ? ev.end + (ev.end - it.t1) * 0.7 : it.t1;
    if (it.fate === "flying" || it.fate === "lost") it.t2 = Math.max(it.t2, it.t1 + typical);
  }
  return items;
}

// str returns the string of a column at event i.
function str(column, i) { return i < 0 ? "" : strings[ev[column][i]]; }

function itemOf(i) { return items[ev.item[i]]; }
function laneName(lane) { return lanes[lane] ?? "all"; }

// query returns the items shown that overlap the times from t0 to t1.
function query(t0, t1) { return items.filter(it => it.shown && it.t1 <= t1 && it.t2 >= t0); }

// firstAt returns the first event that is not before t.
function firstAt(t) {
  const i = ev.at.findIndex(at => at >= t);
  return i < 0 ? ev.n : i;
}
