package truth

import (
	"slices"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Book says, for every event type of a catalogue, which accounts an event of it
// may open, pay into or close.
type Book struct {
	cat      *law.Catalogue
	label    string
	grouping string
	asOf     time.Time

	tracks    []track
	opens     map[string][]int         // event type → tracks it may start
	pays      map[string][]payment     // event type → matches it may fulfil
	facts     map[string][]*law.Fact   // event type → facts it may state
	endings   map[string][]law.Voiding // event type → scopes it ends
	clocks    map[string]bool          // event types that a clock counts back to
	dutyVoids map[string]bool          // event types that end single duties
	registers []*law.Duty
}

// A track is a duty as one set of events starts and fulfils it: the regimes of
// a duty that share those events share a track.
type track struct {
	duty      *law.Duty
	regimes   []*law.Regime
	starts    *law.Pattern
	fulfils   *law.Pattern
	clockFrom *law.Match
}

// A payment is one match of a track's fulfilling pattern.
type payment struct{ track, match int }

// New is a book whose truth is that of an instant; regions are those of a grouping.
func New(cat *law.Catalogue, grouping string, asOf time.Time) *Book {
	b := &Book{
		cat: cat, label: cat.Label(), grouping: grouping, asOf: asOf,
		opens: map[string][]int{}, pays: map[string][]payment{}, facts: map[string][]*law.Fact{},
		endings: map[string][]law.Voiding{}, clocks: map[string]bool{}, dutyVoids: map[string]bool{},
	}
	for _, f := range cat.Facts {
		for _, t := range f.Types {
			b.facts[t] = append(b.facts[t], f)
		}
	}
	for _, v := range cat.VoidedBy {
		b.endings[v.Type] = append(b.endings[v.Type], v)
	}
	for _, d := range cat.Duties {
		switch {
		case d.NeverARow:
		case d.Every != "":
			b.registers = append(b.registers, d)
		default:
			b.enter(d)
		}
	}
	return b
}

func (b *Book) enter(d *law.Duty) {
	first := len(b.tracks)
	for _, r := range d.Regimes {
		i := slices.IndexFunc(b.tracks[first:], func(t track) bool {
			return t.starts == d.Starts(r) && t.fulfils == d.Fulfils(r) && t.clockFrom == r.ClockFrom
		})
		if i >= 0 {
			b.tracks[first+i].regimes = append(b.tracks[first+i].regimes, r)
			continue
		}
		b.tracks = append(b.tracks, track{d, []*law.Regime{r}, d.Starts(r), d.Fulfils(r), r.ClockFrom})
		if r.ClockFrom != nil {
			b.clocks[r.ClockFrom.Type] = true
		}
	}
	for i := first; i < len(b.tracks); i++ {
		for _, eventType := range b.tracks[i].starts.Types() {
			b.opens[eventType] = append(b.opens[eventType], i)
		}
		for j, m := range b.tracks[i].fulfils.Matches {
			b.pays[m.Type] = append(b.pays[m.Type], payment{i, j})
		}
	}
	for _, m := range d.VoidedBy {
		b.dutyVoids[m.Type] = true
	}
}

// instanceOf is the reference that tells the accounts of a duty apart; ok is
// false where the event lacks it.
func instanceOf(d *law.Duty, e *event.Event) (string, bool) {
	if d.IsCaseInstance() {
		return oneACase, true
	}
	ref := e.Data.Text(d.Instance)
	return ref, ref != ""
}

// oneACase is the instance of duties with one obligation a case.
const oneACase = "-"

// row fills the cells that come from the event that started the duty.
func (b *Book) row(d *law.Duty, r *law.Regime, start *event.Event) Row {
	kind, institution := b.bearer(d.Bearer, start)
	place := start.Place()
	return Row{
		Case: start.Subject, Duty: d.ID, Regime: r.ID, Kind: string(r.Kind), Implication: d.Implication,
		InstitutionKind: kind, Institution: institution,
		Department: b.cat.Places.Department(place), Region: b.cat.Places.Region(b.grouping, place),
		AsOf: b.asOf, Catalogue: b.label, place: place,
	}
}

// bearer names who owes the duty: the institution of the start event where it
// is of the bearer's kind, else the one the event went to.
func (b *Book) bearer(owing []string, start *event.Event) (kind, institution string) {
	kind, institution = start.Data.Text("institution_kind"), start.Data.Text("institution")
	if len(owing) == 0 {
		return kind, institution
	}
	if slices.ContainsFunc(owing, func(bearer string) bool { return b.cat.Bears(bearer, kind) }) {
		return kind, institution
	}
	return owing[0], start.Data.Text("to_institution")
}

// IsVoiding reports whether events of the type end a scope.
func (b *Book) IsVoiding(eventType string) bool {
	return len(b.endings[eventType]) > 0 || b.dutyVoids[eventType]
}

// SharpTypes are the event types that are never known by day only: those that
// end scopes, retractions, and deeds of which several are needed within hours,
// because then no single deed can be placed in its day.
func (b *Book) SharpTypes() map[string]bool {
	sharp := map[string]bool{b.cat.Retraction: true}
	for t := range b.endings {
		sharp[t] = true
	}
	for t := range b.dutyVoids {
		sharp[t] = true
	}
	for _, t := range b.tracks {
		byClock := slices.ContainsFunc(t.regimes, func(r *law.Regime) bool { return r.Limit.ByClock() })
		if !t.fulfils.All || !byClock {
			continue
		}
		for _, name := range t.fulfils.Types() {
			sharp[name] = true
		}
	}
	return sharp
}
