package event

import (
	"strings"
	"unicode"
)

// Personal reports whether a text that people write holds something shaped like
// a number or an address of a person. Names have no shape: who asks for a text
// says that they do not belong in it.
func Personal(text string) bool {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '@' }) {
		if personalShape(word) != "" {
			return true
		}
	}
	return false
}
