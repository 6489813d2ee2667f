package quorate

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// SplitAddress takes an address apart: an optional scheme, a host name, IPv4
// address or IPv6 address in brackets, and a port from 1 to 65535; for example
// tcp://127.0.0.1:1735. The endpoint is what remains without the scheme.
func SplitAddress(address string) (scheme, endpoint string, err error) {
	scheme, endpoint, ok := strings.Cut(address, "://")
	if !ok {
		scheme, endpoint = "", address
	}
	colon := strings.LastIndexByte(endpoint, ':')
	if colon < 0 || ok && scheme == "" {
		return "", "", fmt.Errorf("address %.80q: want scheme://host:port", address)
	}
	host, port := endpoint[:colon], endpoint[colon+1:]
	if _, err := strconv.ParseUint(port, 10, 16); err != nil || port[0] == '0' {
		return "", "", fmt.Errorf("address %.80q: want a port from 1 to 65535", address)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		host, ok = strings.CutSuffix(inner, "]")
		if !ok || !strings.Contains(host, ":") {
			return "", "", fmt.Errorf("address %.80q: want an IPv6 address in the brackets", address)
		}
	} else if strings.Contains(host, ":") {
		return "", "", fmt.Errorf("address %.80q: want brackets around an IPv6 address", address)
	}
	if host == "" || strings.ContainsAny(host, "[]/?#@ \t\r\n") {
		return "", "", fmt.Errorf("address %.80q: want a host name or IP address before the port", address)
	}
	return scheme, endpoint, nil
}

// Validate reports, as joined [*ConfigError] values, everything in c that cannot
// work whatever the protocol.
func (c *Config) Validate() error {
	var errs []error
	for _, e := range c.check() {
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}

// checker collects what is wrong.
type configChecker []*ConfigError

func (k *configChecker) fail(path, format string, args ...any) {
	*k = append(*k, &ConfigError{Path: path, Problem: fmt.Sprintf(format, args...)})
}

// need fails unless ok.
func (k *configChecker) need(ok bool, path, want string, have any) {
	if !ok {
		k.fail(path, "want %s, have %v", want, have)
	}
}

func (c *Config) check() []*ConfigError {
	var k configChecker
	c.checkMembers(&k)
	if err := c.Once().Validate(); err != nil {
		k.fail("horizon", "%v", err)
	}
	if err := (KVConfig{History: c.History}).Validate(); err != nil {
		k.fail("history", "%v", err)
	}
	c.checkLimits(&k)
	k.need(c.BufferSize >= 0, "buffer_size", "0 or more", c.BufferSize)
	k.need(c.ChanBufferSize >= 0, "chan_buffer_size", "0 or more", c.ChanBufferSize)
	if len(c.Options) > 0 && (!json.Valid(c.Options) || configValue{raw: c.Options}.kind() != "an object") {
		k.fail("options", "want an object")
	}
	c.checkPolicy(&k)
	if c.Benchmark != nil {
		c.Benchmark.check(&k)
	}
	return k
}

func (c *Config) checkPolicy(k *configChecker) {
	t := c.Threshold
	k.need(t.Number >= 0, "threshold", "0 or more", t.Number)
	k.need(t.Interval >= 0, "threshold", "0 or more", t.Interval)
	switch c.Policy {
	case "majority":
		k.need(t.Number == 0, "threshold", `a duration, such as "3s"`, t.Number)
	case "", "null", "consecutive":
		k.need(t.Interval == 0, "threshold", "a number of requests", t.Interval)
		k.need(t.Number == math.Trunc(t.Number), "threshold", "a whole number of requests", t.Number)
	case "ema":
		k.need(t.Interval == 0, "threshold", "a weight from 0 to 1", t.Interval)
		k.need(t.Number <= 1, "threshold", "a weight from 0 to 1", t.Number)
	default:
		k.fail("policy", "policy %.40q: want null, consecutive, majority or ema", c.Policy)
	}
}

func (b *BenchmarkConfig) check(k *configChecker) {
	at := func(key string) string { return join("benchmark", key) }
	k.need(b.Duration >= 0, at("T"), "0 or more", b.Duration)
	k.need(b.Operations >= 0, at("N"), "0 or more", b.Operations)
	k.need(b.Duration != 0 || b.Operations != 0, at("T"), "a time here or a number of operations in N", "neither")
	k.need(b.Keys >= 1, at("K"), "1 or more", b.Keys)
	k.need(b.WriteRatio >= 0 && b.WriteRatio <= 1, at("W"), "a share from 0 to 1", b.WriteRatio)
	k.need(b.Throttle >= 0, at("Throttle"), "0 or more", b.Throttle)
	k.need(b.Concurrency >= 1, at("Concurrency"), "1 or more", b.Concurrency)
	distributions := []string{"order", "uniform", "conflict", "normal", "zipfian", "exponential"}
	k.need(slices.Contains(distributions, b.Distribution), at("Distribution"), "one of "+strings.Join(distributions, ", "), strconv.Quote(b.Distribution))
	k.need(b.Conflicts >= 0 && b.Conflicts <= 100, at("Conflicts"), "a percentage from 0 to 100", b.Conflicts)
	k.need(b.Min >= 0, at("Min"), "0 or more", b.Min)
	k.need(b.Sigma >= 0, at("Sigma"), "0 or more", b.Sigma)
	k.need(b.Speed > 0 || !b.Move && b.Speed == 0, at("Speed"), "more than 0", b.Speed)
	k.need(b.ZipfianS > 0, at("Zipfian_s"), "more than 0", b.ZipfianS)
	k.need(b.ZipfianV >= 1, at("Zipfian_v"), "1 or more", b.ZipfianV)
	k.need(b.Lambda > 0, at("Lambda"), "more than 0", b.Lambda)
}
