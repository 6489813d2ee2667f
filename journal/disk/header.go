package disk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate"
)

// Header says whose journal a directory holds.
type Header struct {
	// Node is the node that writes the journal. It is required.
	Node quorate.ID `json:"node"`
	// Protocol is the name of its protocol.
	Protocol string `json:"protocol"`
	// Cluster is a text that differs if the members, or what they must agree on,
	// differ.
	Cluster string `json:"cluster"`
	// Records is a text that differs if the records, by type and fields, are
	// others, a line for each. It is compared if both sides have one.
	Records string `json:"records,omitempty"`
}

// differences compares the directory's header with the one of who opens it.
func (h Header) differences(mine Header) error {
	var diffs []string
	differ := func(what, theirs, mine string) {
		if theirs != mine {
			diffs = append(diffs, fmt.Sprintf("%s: it has %s, this is %s", what, clip(theirs), clip(mine)))
		}
	}
	differ("node", h.Node.String(), mine.Node.String())
	differ("protocol", h.Protocol, mine.Protocol)
	differ("cluster", h.Cluster, mine.Cluster)
	if h.Records != "" && mine.Records != "" {
		theirs, ours := firstDifference(h.Records, mine.Records)
		differ("records", theirs, ours)
	}
	if diffs == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrMismatch, strings.Join(diffs, "; "))
}

// firstDifference returns the first lines in which two texts differ.
func firstDifference(a, b string) (inA, inB string) {
	for {
		var moreA, moreB bool
		inA, a, moreA = strings.Cut(a, "\n")
		inB, b, moreB = strings.Cut(b, "\n")
		if inA != inB || !moreA && !moreB {
			return inA, inB
		}
	}
}

func clip(s string) string {
	const limit = 300
	if len(s) > limit {
		s = s[:limit] + "…"
	}
	return fmt.Sprintf("%q", s)
}

// headerFile is what the file holds between its first and its last line.
type headerFile struct {
	Header
	// Secret marks the batches of this journal in the logs, so that no value a
	// client writes can pass for one.
	Secret uint64 `json:"secret,string"`
}

const (
	headerTitle = "quorate journal"
	headerStart = headerTitle + " 1\n"
	headerEnd   = "crc32c "
	headerLimit = 1 << 20
)

func (h headerFile) encode() ([]byte, error) {
	body, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return nil, err
	}
	data := append([]byte(headerStart), body...)
	data = append(data, '\n')
	data = fmt.Appendf(data, "%s%08x\n", headerEnd, castagnoli(data))
	if len(data) > headerLimit {
		return nil, fmt.Errorf("header of %d bytes: at most %d are allowed", len(data), headerLimit)
	}
	return data, nil
}

func decodeHeader(data []byte) (h headerFile, err error) {
	if !bytes.HasPrefix(data, []byte(headerStart)) {
		line, _, _ := bytes.Cut(data, []byte("\n"))
		return h, fmt.Errorf("begins with %s, want %q", clip(string(line)), strings.TrimSpace(headerStart))
	}
	end := bytes.LastIndex(data, []byte(headerEnd))
	if end < 0 || string(data[end:]) != fmt.Sprintf("%s%08x\n", headerEnd, castagnoli(data[:end])) {
		return h, errors.New("its checksum is wrong")
	}
	dec := json.NewDecoder(bytes.NewReader(data[len(headerStart):end]))
	dec.DisallowUnknownFields()
	return h, dec.Decode(&h)
}

func readHeader(fsys vfs.FS, path string) (headerFile, error) {
	file, err := fsys.Open(path)
	if err != nil {
		return headerFile{}, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, headerLimit+1))
	if err != nil {
		return headerFile{}, fmt.Errorf("read %s: %w", path, err)
	}
	h, err := decodeHeader(data)
	if err != nil {
		return h, fmt.Errorf("%s: %w", path, err)
	}
	return h, nil
}

// writeHeader makes the file durable, but for its name.
func writeHeader(fsys vfs.FS, path string, h headerFile) error {
	data, err := h.encode()
	if err != nil {
		return err
	}
	file, err := fsys.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}
