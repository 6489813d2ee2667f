package store

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The matrix is a table with links to what was kept, and is led to from the list.
func TestMatrixPage(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "trex-bank-kill", "20260101T000000.000Z")
	if err := os.MkdirAll(run, 0o755); err != nil {
		t.Fatal(err)
	}
	b, err := NewBrowser(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	get := func(path string) (int, string) {
		r := httptest.NewRequest("GET", "http://127.0.0.1"+path, nil)
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if code, _ := get("/matrix"); code != 404 {
		t.Errorf("without a matrix: %d", code)
	}
	if _, text := get("/"); strings.Contains(text, "/matrix") {
		t.Error("the list leads to a matrix that is not there")
	}
	const at = `"first": "2026-01-01T00:00:00Z", "last": "2026-01-01T01:00:00Z"`
	text := `{"schema": 1, "editions": [{"version": "a", ` + at + `, "cells": [
		{"protocol": "trex", "workload": "bank", "nemesis": "kill", "read": "log", "tests": 3, "valid": 2, "invalid": 1, "failures": [
			{"test": "trex bank kill", "valid?": false, "reason": "<b>money</b> is gone", "seed": 7, "directory": "` + run + `"},
			{"test": "trex bank kill", "valid?": false, "reason": "again", "seed": 8, "directory": "/elsewhere/trex-bank-kill/20250101T000000.000Z"}]},
		{"protocol": "trex", "workload": "bank", "nemesis": "none", "read": "log", "tests": 2, "valid": 2}]},
		{"version": "b", ` + at + `, "cells": [{"protocol": "paxos", "nodes": "5x1", "workload": "set", "nemesis": "none", "read": "index", "tests": 1, "unknown": 1}]}]}`
	if err := os.WriteFile(filepath.Join(dir, MatrixFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	code, text := get("/matrix")
	for _, want := range []string{
		"6 tests: 4 valid, 1 invalid, 1 unknown", ">trex bank<", ">paxos 5x1 set<", `<a class="bad" href="#f1">✗ 1 of 3</a>`, "✓ 2", "? 1 of 1",
		`<a href="/trex-bank-kill/20260101T000000.000Z/">trex bank kill</a>`, "&lt;b&gt;money", "seed 8, not kept",
	} {
		if code != 200 || !strings.Contains(text, want) {
			t.Errorf("code %d, no %s in\n%s", code, want, text)
		}
	}
	if strings.Index(text, ">none<") > strings.Index(text, ">kill<") {
		t.Error("tests without a nemesis are not first")
	}
	if _, text := get("/"); !strings.Contains(text, `href="/matrix"`) {
		t.Error("the list does not lead to the matrix")
	}
	if err := os.WriteFile(filepath.Join(dir, MatrixFile), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _ := get("/matrix"); code != 500 {
		t.Errorf("a matrix that is none: %d", code)
	}
}
