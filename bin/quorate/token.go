package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/quorate/quorate/server/admin"
)

// tokenVariable is where the token of operators may stand instead of a file: a
// command line is for everybody to see.
const tokenVariable = "QUORATE_ADMIN_TOKEN"

// maxTokenFile bounds the bytes of a file with a token.
const maxTokenFile = 4 << 10

// readToken returns the token of operators: from a file that a flag names, or
// else from the environment. It is empty if neither has one.
func readToken(flag, path string) (string, error) {
	if path == "" {
		token := strings.TrimSpace(os.Getenv(tokenVariable))
		if token == "" {
			return "", nil
		}
		return checkToken("$"+tokenVariable, token)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", usagef("read the token of %s: %w", flag, err)
	}
	if err != nil {
		return "", fmt.Errorf("read the token of %s: %w", flag, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTokenFile))
	if err != nil {
		return "", fmt.Errorf("read the token of %s: %w", flag, err)
	}
	return checkToken(flag+" "+path, strings.TrimSpace(string(text)))
}

func checkToken(from, token string) (string, error) {
	if err := admin.CheckToken(token); err != nil {
		return "", usagef("%s: %w", from, err)
	}
	return token, nil
}
