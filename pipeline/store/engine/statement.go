package engine

import "strings"

// insertHead is the part of an INSERT before its rows.
type insertHead struct {
	sql    string // without FORMAT or VALUES
	format string
	rows   int // where the rows begin in the text
}

// splitInsert finds where the rows of an INSERT begin. It returns false for
// other statements, and for an INSERT that brings no rows of its own, such as
// INSERT … SELECT. An INSERT that ends before FORMAT or VALUES takes rows as
// VALUES if they follow apart from it.
func splitInsert(text string, rowsFollow bool) (insertHead, bool) {
	s := scanner{text: text}
	if !strings.EqualFold(s.next(), "INSERT") {
		return insertHead{}, false
	}
	for {
		word := s.next()
		switch strings.ToUpper(word) {
		case "":
			if !rowsFollow {
				return insertHead{}, false
			}
			return insertHead{sql: strings.TrimRight(text, " \t\r\n;"), format: "Values", rows: len(text)}, true
		case "SELECT", "WITH", "WATCH", "FROM", "EXPLAIN":
			return insertHead{}, false
		case "VALUES":
			return insertHead{sql: text[:s.start], format: "Values", rows: s.pos}, true
		case "FORMAT":
			sql := text[:s.start]
			format := s.next()
			if format == "" {
				return insertHead{}, false
			}
			return insertHead{sql: sql, format: format, rows: s.lineEnd()}, true
		}
	}
}

// scanner walks over the words of a statement outside of parentheses, quotes
// and comments.
type scanner struct {
	text  string
	pos   int
	start int // of the last word
}

// next returns the next word, or an empty text at the end. A table's name that
// is also a keyword is written in quotes, so it is no word here; the name after
// a dot is none either.
func (s *scanner) next() string {
	depth := 0
	for s.pos < len(s.text) {
		rest := s.text[s.pos:]
		c := rest[0]
		switch {
		case c == '\'' || c == '"' || c == '`':
			s.pos = skipQuoted(s.text, s.pos)
		case strings.HasPrefix(rest, "--") || c == '#':
			s.pos += lengthUntil(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			s.pos += lengthUntil(rest, "*/")
		case c == '(':
			depth++
			s.pos++
		case c == ')':
			depth--
			s.pos++
		case c == '.':
			s.pos++
			s.pos += wordLength(s.text[s.pos:])
		case depth > 0 || wordLength(rest) == 0:
			s.pos += max(1, wordLength(rest))
		default:
			s.start = s.pos
			s.pos += wordLength(rest)
			return s.text[s.start:s.pos]
		}
	}
	return ""
}

// lineEnd returns where the data after FORMAT begins: after blanks and at most
// one line break.
func (s *scanner) lineEnd() int {
	pos := s.pos
	for pos < len(s.text) && (s.text[pos] == ' ' || s.text[pos] == '\t') {
		pos++
	}
	if pos < len(s.text) && s.text[pos] == '\r' {
		pos++
	}
	if pos < len(s.text) && s.text[pos] == '\n' {
		pos++
	}
	return pos
}

// skipQuoted returns the position after the quoted text that begins at pos.
func skipQuoted(text string, pos int) int {
	quote := text[pos]
	for pos++; pos < len(text); pos++ {
		switch text[pos] {
		case '\\':
			pos++
		case quote:
			return pos + 1
		}
	}
	return len(text)
}

// lengthUntil returns the length of text up to and including the mark.
func lengthUntil(text, mark string) int {
	if i := strings.Index(text, mark); i >= 0 {
		return i + len(mark)
	}
	return len(text)
}

func wordLength(text string) int {
	for i := range len(text) {
		c := text[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
		if !letter {
			return i
		}
	}
	return len(text)
}
