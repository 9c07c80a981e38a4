package event

import "strings"

// personalShape names the kind of personal data that a whole value is shaped
// like, or "". Peru's identity card has 8 digits, its tax number 11, a mobile
// phone 9 beginning with 9. Shapes, not checksums: an immutable record cannot
// un-write a number that was mistyped.
func personalShape(value string) string {
	if strings.ContainsRune(value, '@') {
		return "an e-mail address"
	}
	for _, r := range value {
		if r < '0' || r > '9' {
			return ""
		}
	}
	switch {
	case len(value) == 8:
		return "an identity document number"
	case len(value) == 11:
		return "a tax or identity number"
	case len(value) == 9 && value[0] == '9':
		return "a phone number"
	}
	return ""
}

// personalPart does the same for an identifier made of parts, such as a URN:
// each part between separators is looked at.
func personalPart(value string) string {
	if strings.ContainsRune(value, '@') {
		return "an e-mail address"
	}
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(":/?#&=;,+~!$'()*[]%", r) }) {
		if shape := personalShape(part); shape != "" {
			return shape
		}
	}
	return ""
}

// isCode reports whether a value is an id, ref or code: a letter or digit,
// then up to 63 letters, digits, dots, underscores, colons or hyphens.
func isCode(s string) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for i, r := range s {
		if !isAlphanumeric(r) && (i == 0 || !strings.ContainsRune("._:-", r)) {
			return false
		}
	}
	return true
}

// maxSource bounds the length of a source.
const maxSource = 256

// isSource reports whether a value can be a source: a non-empty URI reference,
// of which RFC 3986 says which characters it is made of.
func isSource(s string) bool {
	return s != "" && len(s) <= maxSource && !strings.ContainsFunc(s, func(r rune) bool {
		return !isAlphanumeric(r) && !strings.ContainsRune("-._~:/?#[]@!$&'()*+,;=%", r)
	})
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// LooksPersonal reports whether a value is shaped like a document number, a
// telephone number or an e-mail address. It says nothing of names.
func LooksPersonal(value string) bool { return personalShape(value) != "" }
