// Package queue is the list of what somebody has to look into now: what falls due, what is
// overdue, who has fallen silent; and who did what about it. An alert is of an institution
// or a department, never of one case. What people do about alerts goes into the access
// log, chained by hashes, before it counts; the state of an alert is what these rows say.
package queue

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/store"
	"amparo/schemas/law"
	"amparo/services/desk"
)

// A Kind is what an alert is about.
type Kind string

// The kinds, the most urgent first.
const (
	Due     Kind = "due"     // falls due within a day: it can still be done in time
	Overdue Kind = "overdue" // undone after the deadline
	Silent  Kind = "silent"  // a department sent nothing in a day
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{Due, Overdue, Silent} }

// Title is a kind for people.
func (k Kind) Title() law.Text {
	return map[Kind]law.Text{
		Overdue: {ES: "vencidas sin cumplir", EN: "overdue and undone"},
		Due:     {ES: "vencen en 24 horas", EN: "fall due within 24 hours"},
		Silent:  {ES: "sin reportar en 24 horas", EN: "nothing sent in 24 hours"},
	}[k]
}

// An Alert is one line of the queue.
type Alert struct {
	ID   string `json:"-"`
	Kind Kind   `json:"kind"`
	// Place is a province, or a department that is silent.
	Place           string `json:"place"`
	Duty            string `json:"duty,omitempty"`
	InstitutionKind string `json:"-"`
	Institution     string `json:"institution,omitempty"`

	Count uint64    `json:"count,omitempty"` // obligations
	Basis law.Basis `json:"-"`
	// Since is when it began to stand: when the oldest fell due, when the first came
	// within a day of its deadline, when a day without a word was over. It is zero for who
	// was never heard.
	Since time.Time `json:"since,omitzero"`
	First time.Time `json:"-"` // earliest deadline, or when it was last heard
	// Through is how far it reaches: the latest deadline in it, or when it was last heard. What
	// goes beyond is more than was seen.
	Through time.Time `json:"through,omitzero"`
}

// idOf names an alert by what it is about: the same today and tomorrow, and in a link it
// tells nothing.
func idOf(kind Kind, duty, place, institution string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{string(kind), duty, place, institution}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Alerts are what a board holds that somebody has to look into: by kind, what has stood
// the longest first.
func Alerts(b *desk.Board, departments []string) []Alert {
	at := map[string]int{}
	var out []Alert
	for i := range b.Standing {
		n := &b.Standing[i]
		kind, since := Overdue, n.FirstDue
		if n.Overdue == 0 {
			kind, since = Due, n.FirstDue.Add(-desk.Horizon)
		}
		id := idOf(kind, n.Duty, n.Province, n.Institution)
		j, ok := at[id]
		if !ok {
			j = len(out)
			at[id] = j
			out = append(out, Alert{
				ID: id, Kind: kind, Place: n.Province, Duty: n.Duty, InstitutionKind: n.InstitutionKind, Institution: n.Institution,
				Since: since, First: n.FirstDue, Through: n.LastDue,
			})
		}
		out[j].add(n, since)
	}
	out = append(out, silent(b, departments)...)
	slices.SortFunc(out, func(x, y Alert) int {
		return cmp.Or(cmp.Compare(slices.Index(Kinds(), x.Kind), slices.Index(Kinds(), y.Kind)), x.Since.Compare(y.Since), cmp.Compare(x.ID, y.ID))
	})
	return out
}

func (a *Alert) add(n *store.Standing, since time.Time) {
	a.Count += n.Count
	a.Basis.Add(n.Basis)
	if since.Before(a.Since) {
		a.Since, a.First = since, n.FirstDue
	}
	if n.LastDue.After(a.Through) {
		a.Through = n.LastDue
	}
}

// silent are the departments that sent nothing in a day. Before anything was ever sent
// there is nobody to miss.
func silent(b *desk.Board, departments []string) []Alert {
	last, heard := map[string]time.Time{}, map[string]bool{}
	for _, r := range b.Reporters {
		if r.Origin == store.ByDepartment {
			last[r.Name], heard[r.Name] = r.LastAt, r.Day > 0
		}
	}
	if len(last) == 0 {
		return nil
	}
	var out []Alert
	for _, code := range departments {
		if heard[code] {
			continue
		}
		a := Alert{ID: idOf(Silent, "", code, ""), Kind: Silent, Place: code, First: last[code], Through: last[code]}
		if !a.First.IsZero() {
			a.Since = a.First.Add(desk.Horizon)
		}
		out = append(out, a)
	}
	return out
}
