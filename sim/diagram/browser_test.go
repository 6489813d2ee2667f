package diagram_test

import (
	"testing"

	"github.com/quorate/quorate/sim"
)

// One browser serves all of it: it takes a second to start.
func TestBrowser(t *testing.T) {
	b := openBrowser(t)
	for _, test := range []struct {
		name string
		run  func(*browser)
	}{
		{"opens at the violation", opensAtTheViolation},
		{"moves", moves},
		{"points and pins", pointsAndPins},
		{"filters", filters},
		{"lists", lists},
		{"themes", themes},
		{"stays calm with hostile content", staysCalm},
		{"draws what the simulator tells", drawsWorlds},
		{"opens without a violation or without anything", opensWithout},
	} {
		t.Run(test.name, func(t *testing.T) {
			whole := b.t
			b.t = t
			test.run(b)
			b.calm()
			b.t = whole
		})
	}
}

func opensAtTheViolation(b *browser) {
	b.open(storyMeta(), tell(50, true))
	b.expect(`view.t0 < violation.t1 && violation.t1 < view.t1`)
	b.expect(`firstAt(view.t0) <= violation.from - 15 && firstAt(view.t0) >= violation.from - 42`)
	b.expect(`$("broken").textContent === doc.broken && !$("verdict").hidden`)
	b.expect(`$("facts").textContent.includes("4711") && $("facts").textContent.includes("9f3c2a7be1d04f55")`)
	b.expect(`document.title.includes("paxos, 3 members")`)
	b.expect(`getSelection().toString() === "" && ($("copy").click(), getSelection().toString() === doc.command)`)
	b.expect(`$("copy").textContent === "Copied"`)
	b.shot("violation")
	b.do(`show(0.39e9, 0.435e9), refresh()`)
	b.shot("election")
}

func moves(b *browser) {
	b.open(storyMeta(), tell(50, true))
	span := `(globalThis.was = view.t1 - view.t0, true)`
	b.key("0")
	b.shot("whole")
	b.expect(`view.t0 <= 0 && view.t1 >= ev.end`)
	b.expect(span)
	b.mouse("mouseWheel", 500, 400, -400)
	b.expect(`view.t1 - view.t0 < was * 0.7 && view.t1 - view.t0 > was * 0.3`)
	b.expect(span)
	b.do(`$("out").click()`)
	b.expect(`view.t1 - view.t0 > was`)
	b.do(`$("in").click(), $("in").click()`)
	b.expect(`view.t1 - view.t0 < was`)
	b.expect(`(globalThis.from = view.t0, true)`)
	b.mouse("mousePressed", 600, 400, 0)
	b.mouse("mouseDragged", 500, 400, 0)
	b.mouse("mouseReleased", 500, 400, 0)
	b.expect(`Math.abs(view.t0 - from - 100 / (plot.w - plot.left) * (view.t1 - view.t0)) < 1000 && state.pin < 0`)
	b.key("ArrowLeft")
	b.expect(`view.t0 > from - 1 && view.t0 < from + (view.t1 - view.t0) * 0.1`)
	b.expect(span)
	for i, kind := range []string{"touchStart", "touchMove", "touchEnd"} {
		points := []any{params{"x": 400 - 100*i, "y": 400, "id": 1}, params{"x": 600 + 100*i, "y": 400, "id": 2}}
		if kind == "touchEnd" {
			points = []any{}
		}
		b.call("Input.dispatchTouchEvent", params{"type": kind, "touchPoints": points})
	}
	b.drawn()
	b.expect(`Math.abs((view.t1 - view.t0) / was - 0.5) < 0.1`)
	b.click(b.point(`[$("mini").getBoundingClientRect().left + 200, $("mini").getBoundingClientRect().top + 20]`))
	b.expect(`Math.abs((view.t0 + view.t1) / 2 - 200 / $("mini").clientWidth * ev.end) < (view.t1 - view.t0) * 0.01`)
	b.do(`$("jump").click()`)
	b.expect(`view.t0 < violation.t1 && violation.t1 < view.t1`)
}

func pointsAndPins(b *browser) {
	b.open(storyMeta(), tell(50, true))
	b.do(`show(0.565e9, 0.61e9), refresh()`)
	b.eval(`globalThis.it = plot.seen.find(it => it.shape === "arrow" && it.fate === "lost" && it.cat.name === "P2a"); 0`)
	x, y := b.point(`(s => [s.x1 * 0.3 + s.x2 * 0.7 + $("over").getBoundingClientRect().left, s.y1 * 0.3 + s.y2 * 0.7 + $("over").getBoundingClientRect().top])(segment(it))`)
	b.mouse("mouseMoved", x, y, 0)
	b.expect(`state.hover === it && !$("tip").hidden`)
	b.expect(`["P2a", "1.2 → 1.3", "1.3 is down", str("text", it.from)].every(part => $("tip").textContent.includes(part))`)
	b.shot("tip")
	b.mouse("mousePressed", x, y, 0)
	b.mouse("mouseDragged", x-80, y, 0)
	b.mouse("mouseDragged", x, y, 0)
	b.mouse("mouseReleased", x, y, 0)
	b.expect(`state.pin === -1`) // a drag is no click
	b.click(x, y)
	b.expect(`state.pin === it.from && !$("detail").hidden && $("detail").textContent.includes("What led to it")`)
	b.expect(`state.related.chain.map(i => ev.kind[i]).join() === [K.deliver, K.send, K.call].join() && state.related.because.includes(it)`)
	b.expect(`state.related.about.length > 4 && state.related.about.every(other => ev.slot[other.from] === ev.slot[it.from])`)
	b.expect(`state.related.past[ev.lane[it.from]] === it.from && state.related.past.every(i => i > 100 && i <= it.from)`)
	b.shot("pinned")
	b.key("n")
	b.expect(`state.pin > it.from && document.querySelector(".row[aria-selected=true]").dataset.event == state.pin`)
	b.key("p")
	b.expect(`state.pin === it.from`)
	b.key("Escape")
	b.expect(`state.pin === -1 && $("detail").hidden`)
	b.do(`show(0.35e9, 0.36e9), refresh()`)
	b.mouse("mouseMoved", 400, 300, 0)
	b.click(400, 300)
	b.expect(`state.pin === -1 && $("tip").hidden`)
	x, y = b.point(`(box => [box.x + 20 + $("over").getBoundingClientRect().left, box.y + 8 + $("over").getBoundingClientRect().top])(ribbonBox(plot.seen.find(it => it.shape === "fault")))`)
	b.mouse("mouseMoved", x, y, 0)
	b.expect(`$("tip").textContent.includes("partition 1.1 | 1.2 1.3") && $("tip").textContent.includes("260 ms")`)
}

func filters(b *browser) {
	b.open(storyMeta(), tell(50, true))
	set := func(id, value string) { b.do(`$("` + id + `").value = "` + value + `", $("` + id + `").oninput()`) }
	context := `!(["fault", "broken"].includes(itemOf(i).shape) || [K.crash, K.start].includes(ev.kind[i]))`
	b.expect(`side.rows.length === ev.n`)
	b.key("/")
	b.expect(`document.activeElement === $("text") && (globalThis.was = view.t0, true)`)
	b.key("0")
	b.expect(`view.t0 === was`) // that was typed
	set("slot", "22")
	b.expect(`(rows => rows.length > 5 && rows.every(i => ev.slot[itemOf(i).from] === 22))(side.rows.filter(i => ` + context + `))`)
	b.expect(`side.rows.some(i => ev.kind[i] === K.fault) && side.rows.includes(violation.from)`)
	b.shot("slot")
	set("slot", "22-23")
	b.expect(`new Set(side.rows.filter(i => ` + context + `).map(i => ev.slot[itemOf(i).from])).size === 2`)
	set("slot", "")
	set("key", "k1")
	b.expect(`(rows => rows.length > 50 && rows.every(i => str("key", itemOf(i).from) === "k1" || str("key", i) === "k1"))(side.rows.filter(i => ` + context + `))`)
	set("key", "")
	set("text", "SLOT 30 PUT")
	b.expect(`(rows => rows.length > 1 && rows.every(i => str("text", itemOf(i).from).includes("slot 30 Put")))(side.rows.filter(i => ` + context + `))`)
	set("text", "")
	b.expect(`side.rows.length === ev.n`)
	b.expect(`(globalThis.cat = cats.find(cat => cat.name === "P2a"), cat.box.closest("label").textContent === "P2a" + cat.count)`)
	b.do(`cat.box.click()`)
	b.expect(`side.rows.length < ev.n && side.rows.every(i => itemOf(i).cat !== cat) && plot.seen.every(it => it.cat !== cat)`)
	b.do(`cat.box.click()`)
	b.expect(`side.rows.length === ev.n`)
	b.do(`cat.box.dispatchEvent(new MouseEvent("click", {shiftKey: true}))`)
	b.expect(`cats.filter(cat => cat.group === "messages" && cat.box.checked).length === 1 && cats.filter(cat => cat.group === "timers" && cat.box.checked).length === 2`)
}

func lists(b *browser) {
	b.open(storyMeta(), tell(4200, true))
	b.expect(`ev.n > 100_000`)
	b.expect(`document.querySelectorAll(".row").length < 80 && document.querySelector(".row.bad") !== null`)
	b.key("0")
	b.shot("hundred-thousand")
	b.do(`fitViolation(), refresh()`)
	b.do(`$("list").scrollTop = 50000 * ROW`)
	b.expect(`(rows => rows.length < 80 && rows.some(i => i >= 50000 && i < 50080))([...document.querySelectorAll(".row")].map(row => +row.dataset.event))`)
	b.expect(`inView(50010)`) // the diagram follows
	b.do(`document.querySelectorAll(".row")[10].click()`)
	b.expect(`state.pin >= 50000 - 10 && state.pin < 50100 && inView(state.pin)`)
	b.do(`$("list").focus(), globalThis.was = state.pin`)
	b.key("ArrowDown")
	b.expect(`state.pin === was + 1`)
	b.do(`show(1e9, 1.1e9), pin(-1)`)
	b.expect(`document.querySelector(".row.seen") !== null`) // the list follows
}

func themes(b *browser) {
	b.call("Emulation.setEmulatedMedia", params{"features": []params{{"name": "prefers-color-scheme", "value": "dark"}}})
	b.open(storyMeta(), tell(50, true))
	b.expect(`colors.bg === "rgb(20, 23, 28)" && getComputedStyle(document.body).backgroundColor === colors.bg`)
	b.shot("dark")
	b.do(`$("theme").click()`)
	b.expect(`colors.bg === "rgb(255, 255, 255)" && getComputedStyle(document.body).backgroundColor === colors.bg`)
	b.call("Emulation.setEmulatedMedia", params{"features": []params{}})
	b.resize(420, 900, 2)
	b.open(storyMeta(), tell(50, true))
	b.expect(`$("base").width === 2 * $("base").clientWidth && document.documentElement.scrollWidth <= 420`)
	b.shot("small")
	b.resize(1440, 900, 1)
}

func staysCalm(b *browser) {
	meta, events := hostile()
	b.open(meta, events)
	b.key("0")
	for range events {
		b.key("n")
	}
	b.do(`for (const it of items) hoverAt(...Object.values(markPos(it))), card(it)`)
	b.do(`$("text").value = "onerror", $("text").oninput()`)
	b.expect(`globalThis.owned === undefined && document.querySelectorAll("img, script:not([type])").length === 1`)
	b.expect(`lanes[0] === doc.title && doc.title === doc.command && str("key", 1) === doc.title`)
	b.expect(`$("title").textContent === doc.title && $("command").textContent === doc.title`)
}

func drawsWorlds(b *browser) {
	meta, events := staleRead(b.t)
	b.open(meta, events)
	b.shot("world")
	b.expect(`view.t0 < violation.t1 && violation.t1 < view.t1 && violation.t1 < ev.end`)
	b.expect(`plot.seen.some(it => it.shape === "call" && it.to >= 0 && ev.at[it.to] === violation.t1)`) // the read
	b.key("0")
	b.expect(`plot.seen.length > 100`)
	b.resize(1440, 500, 1) // too low for all lanes: the violation's is scrolled to
	b.open(storyMeta(), tell(50, true))
	b.do(`scrollTo(1e6), violation.lane = 0, $("jump").click()`)
	b.expect(`Y(0) > lanesTop() && Y(0) < plot.h && Y(lanes.length - 1) > plot.h`)
	b.do(`pin(ev.lane.findIndex(lane => lane === lanes.length - 1))`)
	b.expect(`Y(lanes.length - 1) < plot.h && Y(0) < lanesTop()`)
	b.resize(1440, 900, 1)
}

func opensWithout(b *browser) {
	b.open(storyMeta(), tell(400, false))
	b.expect(`$("jump").hidden && view.t0 <= 0 && view.t1 > 1e9 && view.t1 < 1.1e9`)
	b.key("v")
	b.open(sim.TraceMeta{Members: []string{"1.1"}}, []sim.TraceEvent{{Kind: sim.TraceBroken, Node: -1, Text: "stuck"}, {Kind: sim.TraceBroken, Text: "stale"}})
	b.expect(`$("broken").textContent === "stale" && violation.lane === 0`) // the last counts
	b.open(sim.TraceMeta{}, nil)
	for _, key := range []string{"0", "1", "n", "p", "v", "+", "-", "ArrowLeft", "ArrowUp", "Escape"} {
		b.key(key)
	}
	b.mouse("mouseMoved", 400, 300, 0)
	b.expect(`$("window").textContent === "no events" && $("verdict").hidden && $("replay").hidden`)
}
