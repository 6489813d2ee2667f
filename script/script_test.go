package script_test

import (
	"testing"

	"github.com/quorate/quorate/script"
)

func TestScripts(t *testing.T) { script.Run(t, "testdata/*.txt", buildSynod) }
