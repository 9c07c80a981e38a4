// Package pattern makes the patterns of schemas into tables, for texts of ASCII that
// are read byte by byte. What it cannot express it leaves to the regular expression.
package pattern

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
)

// A Matcher tells whether a plain text fits a pattern, with one look into a
// table for each byte. Texts are ASCII.
type Matcher struct {
	next    [][128]uint8 // state and byte → state; state 0 is the one that nothing leaves
	accepts []bool       // whether a text may end in the state
}

// maxStates bounds a matcher's table. The longest pattern that ships, a code of
// 64 letters, has 66 states.
const maxStates = 255

// New makes a matcher of a pattern that holds from the beginning to the
// end of the text. ok is false for any other, which only the regular expression
// itself can decide.
func New(pattern string) (m *Matcher, ok bool) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, false
	}
	prog, err := syntax.Compile(parsed.Simplify())
	if err != nil || prog.StartCond() != syntax.EmptyBeginText {
		return nil, false
	}
	b := &builder{prog: prog, known: map[string]uint8{}, Matcher: &Matcher{next: make([][128]uint8, 1), accepts: make([]bool, 1)}}
	start, ok := b.state(b.closure([]uint32{uint32(prog.Start)}, syntax.EmptyBeginText)) //nolint:gosec // A program's length.
	if !ok || start != 1 {
		return nil, false
	}
	for at := 1; at < len(b.sets); at++ {
		if !b.fill(at) {
			return nil, false
		}
	}
	return b.Matcher, true
}

// Fits reports whether the whole text fits.
func (m *Matcher) Fits(text string) bool {
	state := uint8(1)
	for i := range len(text) {
		state = m.next[state][text[i]&0x7f]
	}
	return m.accepts[state]
}

// A builder makes the states: each is a set of places in the program of
// the regular expression, as in every textbook.
type builder struct {
	*Matcher
	prog  *syntax.Prog
	sets  [][]uint32
	known map[string]uint8
}

// state is the number of a set of places, which is new or not. It is not ok
// where the pattern fits before the text ends, or has too many states.
func (b *builder) state(set []uint32) (uint8, bool) {
	if len(b.sets) == 0 {
		b.sets = [][]uint32{nil} // State 0.
	}
	if len(set) == 0 {
		return 0, true
	}
	key := make([]byte, 0, 4*len(set))
	for _, pc := range set {
		key = binary.BigEndian.AppendUint32(key, pc)
		if b.prog.Inst[pc].Op == syntax.InstMatch {
			return 0, false
		}
	}
	if n, ok := b.known[string(key)]; ok {
		return n, true
	}
	if len(b.sets) > maxStates {
		return 0, false
	}
	n := uint8(len(b.sets)) //nolint:gosec // Bounded above.
	b.known[string(key)] = n
	b.sets = append(b.sets, set)
	b.next = append(b.next, [128]uint8{})
	b.accepts = append(b.accepts, slices.ContainsFunc(b.closure(set, syntax.EmptyEndText), func(pc uint32) bool {
		return b.prog.Inst[pc].Op == syntax.InstMatch
	}))
	return n, true
}

// fill finds where each byte leads from a state.
func (b *builder) fill(at int) bool {
	for c := range rune(128) {
		var out []uint32
		for _, pc := range b.sets[at] {
			if inst := &b.prog.Inst[pc]; readsRune(inst.Op) && inst.MatchRune(c) {
				out = append(out, inst.Out)
			}
		}
		next, ok := b.state(b.closure(out, 0))
		if !ok {
			return false
		}
		b.next[at][c] = next
	}
	return true
}

func readsRune(op syntax.InstOp) bool {
	return op == syntax.InstRune || op == syntax.InstRune1 || op == syntax.InstRuneAny || op == syntax.InstRuneAnyNotNL
}

// closure follows what needs no rune, given what holds at this place of the
// text, and leaves the places that wait for a rune, for the end or that match.
func (b *builder) closure(from []uint32, holds syntax.EmptyOp) []uint32 {
	seen := map[uint32]bool{}
	var out []uint32
	var follow func(pc uint32)
	follow = func(pc uint32) {
		if seen[pc] {
			return
		}
		seen[pc] = true
		switch inst := &b.prog.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			follow(inst.Out)
			follow(inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			follow(inst.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(inst.Arg)&^holds == 0 { //nolint:gosec // It fits.
				follow(inst.Out)
			} else if syntax.EmptyOp(inst.Arg) == syntax.EmptyEndText { //nolint:gosec // It fits.
				out = append(out, pc)
			}
		case syntax.InstFail:
		default:
			out = append(out, pc)
		}
	}
	for _, pc := range from {
		follow(pc)
	}
	slices.Sort(out)
	return out
}
