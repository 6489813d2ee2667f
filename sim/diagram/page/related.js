// What belongs together: what lies under the pointer, what led to an event.

// hit returns the item at a point of the canvas, or undefined.
function hit(x, y) {
  let best, least = 9;
  const near = (it, distance) => { if (distance < least) best = it, least = distance; };
  const within = (it, box) => { if (x >= box.x - 2 && x <= box.x + box.w + 2 && y >= box.y && y <= box.y + box.h) near(it, 6); };
  for (const it of plot.seen) {
    switch (it.shape) {
      case "fault": within(it, ribbonBox(it)); break;
      case "call": within(it, callBox(it)); break;
      case "sync": within(it, syncBox(it)); break;
      case "mark": near(it, Math.hypot(markPos(it).x - x, markPos(it).y - y) - 3); break;
      case "broken": within(it, brokenBox(it)); break;
      case "arrow": near(it, distance(segment(it), x, y)); break;
    }
  }
  return best;
}

// distance is how far a point is from a segment.
function distance(s, x, y) {
  const dx = s.x2 - s.x1, dy = s.y2 - s.y1, square = dx * dx + dy * dy;
  const at = square ? Math.max(0, Math.min(1, ((x - s.x1) * dx + (y - s.y1) * dy) / square)) : 0;
  return Math.hypot(s.x1 + at * dx - x, s.y1 + at * dy - y);
}

// past returns, for each lane, the last event that can have influenced event i
// (Lamport's "happened before"), -1 if none can.
function past(i) {
  const last = lanes.map((_, lane) => lane === ev.lane[i] ? i : -1);
  for (let j = i; j >= 0; j--) {
    const sent = ev.kind[j] === K.deliver && j <= last[ev.lane[j]] ? itemOf(j).from : j;
    if (sent < j) last[ev.peer[j]] = Math.max(last[ev.peer[j]], sent);
  }
  return last;
}

// relate collects what is highlighted when event i is pinned: its own item,
// those that led to it, and all about its slot.
function relate(i) {
  const chain = [], slot = ev.slot[i], own = itemOf(i);
  for (let j = i; ev.cause[j] && chain.length < 60; chain.push(j)) j -= ev.cause[j];
  const because = [...new Set([...chain.map(itemOf), own])].filter(it => it);
  const about = slot < 0 ? [] : items.filter(it => it.shown && ev.slot[it.from] === slot);
  return {event: i, own, chain, because, about, slot, past: past(i)};
}
