package yardstick

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// size is that of a message in bytes, block that of a write.
const size, block = 64, 4 << 10

// patience bounds how long one exchange may take.
const patience = 30 * time.Second

// overTCP returns exchanges over a connection each.
func overTCP(address string) func(int) (exchange, error) {
	return func(int) (exchange, error) {
		conn, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			return exchange{}, err
		}
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil { // of all: they are short
			return exchange{}, errors.Join(err, conn.Close())
		}
		there, back := bytes.Repeat([]byte{'q'}, size), make([]byte, size)
		return exchange{func() error {
			if _, err := conn.Write(there); err != nil {
				return err
			}
			_, err := io.ReadFull(conn, back)
			return err
		}, func() { conn.Close() }}, nil
	}
}

// overHTTP returns exchanges over a connection each, by net/http as it comes.
func overHTTP(address string) func(int) (exchange, error) {
	return func(int) (exchange, error) {
		t := &http.Transport{MaxIdleConnsPerHost: 1, MaxConnsPerHost: 1}
		c := &http.Client{Transport: t, Timeout: patience}
		return exchange{func() error {
			res, err := c.Get("http://" + address + "/")
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, res.Body)
			if err := errors.Join(err, res.Body.Close()); err != nil {
				return err
			}
			if res.StatusCode != http.StatusOK {
				return fmt.Errorf("status %d", res.StatusCode)
			}
			return nil
		}, t.CloseIdleConnections}, nil
	}
}

// overChan returns an exchange with a goroutine of its own.
func overChan(int) (exchange, error) {
	there, back := make(chan *[size]byte), make(chan *[size]byte)
	go func() {
		defer close(back)
		for m := range there {
			back <- m
		}
	}()
	m := new([size]byte)
	return exchange{func() error {
		there <- m
		<-back
		return nil
	}, func() { close(there); <-back }}, nil
}

// onDisk returns an exchange with a disk: a block is appended to a file and synced.
func onDisk(dir string) (exchange, error) {
	f, err := os.CreateTemp(dir, "quorate-yardstick-")
	if err != nil {
		return exchange{}, err
	}
	b := bytes.Repeat([]byte{'q'}, block)
	return exchange{func() error {
		if _, err := f.Write(b); err != nil {
			return err
		}
		return datasync(f)
	}, func() {
		f.Close()
		os.Remove(f.Name())
	}}, nil
}
