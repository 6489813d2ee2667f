package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker"
)

// paxiClient asks as Paxi's client does: an integer key is the path, a read is
// a GET and a write a PUT, all but 200 is an error, and every client of a zone
// calls itself by the same Id and counts its Cid from 1.
type paxiClient struct {
	t    testing.TB
	http *http.Client
	urls []string
	id   string
	cid  int
}

func (c *paxiClient) rest(method string, node, key int, value []byte) ([]byte, http.Header, error) {
	c.cid++
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.urls[node]+"/"+strconv.Itoa(key), bytes.NewReader(value))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("id", c.id)
	r.Header.Set("cid", strconv.Itoa(c.cid))
	w, err := c.http.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer w.Body.Close()
	body, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != http.StatusOK {
		return nil, nil, errors.Join(err, errors.New(w.Status))
	}
	if w.Header.Get("id") != c.id || w.Header.Get("cid") != strconv.Itoa(c.cid) {
		return nil, nil, fmt.Errorf("id %q and cid %q came back", w.Header.Get("id"), w.Header.Get("cid"))
	}
	return body, w.Header, nil
}

// consensus compares what each node says of a key's history, as Paxi does.
func (c *paxiClient) consensus(key int) bool {
	histories := make([][][]byte, len(c.urls))
	longest := 0
	for i, url := range c.urls {
		_, body := fetch(c.t, c.http, "GET", url+"/history?key="+strconv.Itoa(key), "")
		if err := json.Unmarshal([]byte(body), &histories[i]); err != nil {
			c.t.Error(err)
		}
		longest = max(longest, len(histories[i]))
	}
	for k := range longest {
		values := map[string]bool{}
		for _, h := range histories {
			if k < len(h) {
				values[string(h[k])] = true
			}
		}
		if len(values) > 1 {
			return false
		}
	}
	return longest > 0
}

// Rule: Paxi's clients, which give their commands numbers that are not theirs
// alone, see a linearizable store; every one of their writes is executed.
func TestPaxiClients(t *testing.T) {
	const clients, calls, keys = 8, 40, 3
	overEach(t, func(t *testing.T, all []*place) {
		var urls []string
		for _, p := range all {
			urls = append(urls, p.url(""))
		}
		recorder, err := checker.NewRecorder(checker.RecorderConfig{})
		if err != nil {
			t.Fatal(err)
		}
		shared := web(t)
		var wg sync.WaitGroup
		for i := range clients {
			c := &paxiClient{t: t, http: shared, urls: urls, id: "1.1"}
			process := recorder.Process(quorate.Client(i + 1))
			rng := rand.New(rand.NewPCG(1, uint64(i)))
			wg.Go(func() {
				for k := range calls {
					c.step(process, rng, rng.IntN(keys)-1, fmt.Sprintf("%d.%d", i, k))
				}
			})
		}
		wg.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		res, err := recorder.Check(ctx, checker.Config{})
		if err != nil || res.Verdict != checker.OK {
			t.Errorf("%v, %v", res, err)
		}
		c := &paxiClient{t: t, http: shared, urls: urls, id: "1.1"}
		for key := range keys {
			if !c.consensus(key - 1) {
				t.Errorf("no consensus on key %d", key-1)
			}
		}
	})
}

// step makes one call and records it.
func (c *paxiClient) step(p *checker.Process, rng *rand.Rand, key int, value string) {
	node, name := rng.IntN(len(c.urls)), strconv.Itoa(key)
	op, method := quorate.OpGet, "GET"
	if draw := rng.IntN(4); draw < 2 {
		op, method = quorate.OpPut, []string{"PUT", "POST"}[draw]
	}
	if op == quorate.OpGet {
		value = ""
	}
	p.Invoke(op, name, []byte(value), 0)
	body, header, err := c.rest(method, node, key, []byte(value))
	if err != nil {
		c.t.Errorf("%s /%d: %v", method, key, err)
		p.Return(checker.Outcome{Status: quorate.Unknown})
		return
	}
	version, _ := strconv.ParseUint(strings.Trim(header.Get("Etag"), `"`), 10, 64) // none: the key is absent
	p.Return(checker.Outcome{Status: quorate.Done, OK: version > 0, Version: version, Value: body})
}
