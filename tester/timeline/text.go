package timeline

import "github.com/quorate/quorate/checker/history"

// maxText bounds the text of one value.
const maxText = 200

// Text is a value as a history spells it, cut if it is long.
func Text(v any) string {
	text := string(history.AppendEDN(nil, v))
	if len(text) > maxText {
		runes := []rune(text)
		text = string(runes[:min(len(runes), maxText-1)]) + "…"
	}
	return text
}
