package disclosure

import "amparo/schemas/law"

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

// Sign is what stands for a hidden number wherever people read it, with the
// reason in words near it. For programs the number is null or empty, and the
// reason's code stands in a column of its own: hidden is neither zero nor missing.
const Sign = "▒"
