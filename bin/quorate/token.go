package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxTokenFile bounds the bytes of a file with a token.
const maxTokenFile = 4 << 10

// readToken returns the token of operators: from a file that a flag names, or
// else from the environment. It is empty if neither has one.
func readToken(flag, path string) (string, error) {
	if path == "" {
		return strings.TrimSpace(os.Getenv(adminTokenVariable)), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTokenFile+1))
	if err != nil {
		return "", fmt.Errorf("%s: %w", flag, err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" || len(text) > maxTokenFile {
		return "", usagef("%s %s: want a token, in at most %d bytes", flag, path, maxTokenFile)
	}
	return token, nil
}
