package disclosure

import (
	"encoding/json"
	"strconv"

	"amparo/schemas/law"
)

// A Reason says why a number is not shown. Whether a group is small itself, or
// is hidden so that a small one cannot be computed, is not told: to know which
// would be to know something of the small one.
type Reason string

// The reasons.
const (
	// FewPersons: the group is small, or would tell of one that is.
	FewPersons Reason = "few-persons"
	// TooFew: a statistic would rest on too few persons.
	TooFew Reason = "statistic-of-few-persons"
	// NotYet: the period is not published yet.
	NotYet Reason = "not-yet-published"
)

// Text is the reason for people.
func (r Reason) Text() law.Text {
	return map[Reason]law.Text{
		FewPersons: {ES: "oculto: pocas personas", EN: "hidden: few people"},
		TooFew:     {ES: "oculto: muy pocas personas para este cálculo", EN: "hidden: too few people for this statistic"},
		NotYet:     {ES: "aún no publicado", EN: "not published yet"},
	}[r]
}

// Sign is what stands for a hidden number in a table or beside a mark of a
// chart, with the reason in words near it.
const Sign = "▒"

// A Number is a count as every surface shows it: one look for what is hidden,
// which is neither zero nor missing.
type Number struct {
	value  uint64
	hidden Reason
}

// Shown is a number that may be seen.
func Shown(n uint64) Number { return Number{value: n} }

// Hide is a number that may not be seen. Its value is not kept.
func Hide(why Reason) Number { return Number{hidden: why} }

// Value is the number, and whether it may be seen.
func (n Number) Value() (uint64, bool) { return n.value, n.hidden == "" }

// Hidden is the reason why it may not be seen, "" where it may.
func (n Number) Hidden() Reason { return n.hidden }

// MarshalJSON gives {"value":12}, or {"value":null,"hidden":"few-persons"}.
func (n Number) MarshalJSON() ([]byte, error) {
	out := struct {
		Value  *uint64 `json:"value"`
		Hidden Reason  `json:"hidden,omitempty"`
	}{Hidden: n.hidden}
	if n.hidden == "" {
		out.Value = &n.value
	}
	return json.Marshal(out)
}

// Cell is the number in a file of rows, CSV or XLSX: digits, or the reason's
// code between angle brackets, which no program takes for a number or a gap.
func (n Number) Cell() string {
	if n.hidden != "" {
		return "<" + string(n.hidden) + ">"
	}
	return strconv.FormatUint(n.value, 10)
}

// Alt is the number as a screen reader says it in a language.
func (n Number) Alt(lang string) string {
	if n.hidden != "" {
		return n.hidden.Text().In(lang)
	}
	return strconv.FormatUint(n.value, 10)
}

// Numbers are the parts of a figure as numbers: its persons, then each outcome.
func (f Figure) Numbers(outcomes int) []Number {
	out := make([]Number, 1+outcomes)
	for i := range out {
		switch {
		case f.Hidden != "":
			out[i] = Hide(f.Hidden)
		case i == 0:
			out[i] = Shown(f.Persons)
		default:
			out[i] = Shown(f.Parts[i-1])
		}
	}
	return out
}
