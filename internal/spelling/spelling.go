// Package spelling helps to guess which name a misspelt one meant.
package spelling

// Distance counts the insertions, deletions and substitutions of bytes
// that turn a into b.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// Nearest returns the candidate that a misspelt name most likely meant, the first
// of several; empty if none is near.
func Nearest(name string, candidates []string) string {
	best, least := "", len(name)/3+2 // further away it is another word
	for _, c := range candidates {
		if d := Distance(name, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// Hint returns a clause that names the nearest candidate, empty if none is near.
// The prefix goes before the name.
func Hint(name string, candidates []string, prefix string) string {
	if best := Nearest(name, candidates); best != "" {
		return " (did you mean " + prefix + best + "?)"
	}
	return ""
}
