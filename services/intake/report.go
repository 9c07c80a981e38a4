package intake

import (
	"cmp"
	"net/http"
	"slices"

	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/services/present"
)

// A Report is the answer to a request: how many events became what, and each of
// them with its place and id.
type Report struct {
	Accepted  int      `json:"accepted"`
	Duplicate int      `json:"duplicate"`
	Conflict  int      `json:"conflict"`
	Refused   int      `json:"refused"`
	Events    []Answer `json:"events"`
	// Dropped are the names of extension attributes that are not kept.
	Dropped []string `json:"dropped_attributes,omitempty"`
	// DryRun says that nothing was taken; Groups are the refusals by what is
	// wrong.
	DryRun bool    `json:"dry_run,omitempty"`
	Groups []Group `json:"groups,omitempty"`
}

// An Answer is what became of one event, named by its place (line of NDJSON, or
// position in a batch) and its id, never by what it said.
type Answer struct {
	Line     int            `json:"line"`
	ID       string         `json:"id,omitempty"`
	Result   Result         `json:"result"`
	Receipt  stream.Receipt `json:"receipt,omitempty"`
	Reason   event.Reason   `json:"reason,omitempty"`
	Field    string         `json:"field,omitempty"`
	Detail   string         `json:"detail,omitempty"`
	DetailES string         `json:"detail_es,omitempty"`
}

// A Group is how many events have the same fault, and where the first stand.
type Group struct {
	Reason   event.Reason `json:"reason"`
	Field    string       `json:"field,omitempty"`
	Detail   string       `json:"detail"`
	DetailES string       `json:"detail_es"`
	Count    int          `json:"count"`
	Lines    []int        `json:"lines"`
}

// groupLines is how many lines a group names.
const groupLines = 5

// newReport says what became of the events of a body, and of what broke it.
func newReport(s *Submission, outcomes []Outcome, broken error) *Report {
	r := &Report{Events: make([]Answer, 0, len(outcomes)), DryRun: s.DryRun}
	dropped, told := map[string]bool{}, map[string]law.Text{}
	for i := range outcomes {
		o := &outcomes[i]
		a := Answer{Line: s.Raws[i].Line, ID: event.PeekID(s.Raws[i].Bytes), Result: o.Result, Receipt: o.Receipt}
		if o.Refusal != nil {
			a.refused(o.Refusal, told)
		}
		r.add(a)
		for _, name := range o.Dropped {
			if !dropped[name] {
				dropped[name] = true
				r.Dropped = append(r.Dropped, name)
			}
		}
	}
	if broken != nil {
		why := event.AsRefusal(broken)
		a := Answer{Line: len(outcomes) + 1, Result: Refused}
		a.refused(why, told)
		r.add(a)
	}
	slices.Sort(r.Dropped)
	if s.DryRun {
		r.Groups = GroupAnswers(r.Events)
	}
	return r
}

// refused says why, in both languages. told are the sentences that were said before:
// a large request has the same fault many times.
func (a *Answer) refused(why *event.Refusal, told map[string]law.Text) {
	said, before := told[why.Detail]
	if !before {
		said = present.Refusal(why.Detail)
		told[why.Detail] = said
	}
	a.Reason, a.Field, a.Detail, a.DetailES = why.Reason, why.Field, said.EN, said.ES
}

func (r *Report) add(a Answer) {
	r.Events = append(r.Events, a)
	switch a.Result {
	case Accepted:
		r.Accepted++
	case Duplicate:
		r.Duplicate++
	case Conflict:
		r.Conflict++
	case Refused:
		r.Refused++
	}
}

// status is the answer in one number: 202 all kept, now or before; 207 some;
// 409 none, because of a conflict alone; 422 none.
func (r *Report) status() int {
	kept, bad := r.Accepted+r.Duplicate, r.Conflict+r.Refused
	switch {
	case r.DryRun:
		return http.StatusOK
	case bad == 0:
		return http.StatusAccepted
	case kept > 0:
		return http.StatusMultiStatus
	case r.Refused == 0:
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// GroupAnswers groups what was not accepted by what is wrong with it, the most
// frequent first.
func GroupAnswers(answers []Answer) []Group {
	type fault struct{ reason, field, detail string }
	at := map[fault]int{}
	var groups []Group
	for _, a := range answers {
		if a.Reason == "" {
			continue
		}
		key := fault{string(a.Reason), a.Field, a.Detail}
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key] = i
			groups = append(groups, Group{Reason: a.Reason, Field: a.Field, Detail: a.Detail, DetailES: a.DetailES})
		}
		groups[i].Count++
		if len(groups[i].Lines) < groupLines {
			groups[i].Lines = append(groups[i].Lines, a.Line)
		}
	}
	slices.SortStableFunc(groups, func(a, b Group) int { return cmp.Compare(b.Count, a.Count) })
	return groups
}
