package obligation

import (
	"cmp"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
)

// row begins an obligation with what its start says: law, bearer, place and the
// facts known at an instant.
func (f *folder) row(d *law.Duty, r *law.Regime, start *event.Event, known time.Time) Obligation {
	facts := f.factsAt(start, known)
	kind, institution := bearer(f.cat, d.Bearers(facts), start)
	return Obligation{
		CaseID: start.Subject, Duty: d.ID, Regime: r.ID, Kind: r.Kind, Confidence: r.Confidence, Implication: d.Implication,
		InstitutionKind: kind, Institution: institution, Place: start.Place(),
		Risk: cmp.Or(facts("risk"), "undetermined"), Area: facts("area"),
		Start: start, Law: d, Under: r,
	}
}

// bearer is who owes the duty: the institution of the start event where it is
// of the bearer's kind, else the one that the event goes to, known only by the
// bearer's kind, else that kind alone.
func bearer(cat *law.Catalogue, bearers []string, start *event.Event) (kind, institution string) {
	kind, institution = start.Data.Text("institution_kind"), start.Data.Text("institution")
	if len(bearers) == 0 {
		return kind, institution
	}
	for _, b := range bearers {
		if kind != "" && cat.Bears(b, kind) {
			return kind, institution
		}
	}
	return bearers[0], start.Data.Text("to_institution")
}

func orDash(ref string) string { return cmp.Or(ref, "-") }

// Columns are the columns of an obligation as printed, in order.
func Columns() []string {
	return []string{
		"case_id", "duty", "regime", "instance", "kind", "implication", "institution_kind", "institution",
		"department", "region", "risk", "started_at", "due_at", "done_at", "status", "as_of", "catalogue",
	}
}

// Record prints an obligation as judged at an instant, one cell a column.
func (o *Obligation) Record(cat *law.Catalogue, grouping string, asOf time.Time) []string {
	return []string{
		o.CaseID, o.Duty, o.Regime, o.Instance, string(o.Kind), o.Implication, o.InstitutionKind, o.Institution,
		cat.Places.Department(o.Place), cat.Places.Region(grouping, o.Place), o.Risk,
		event.FormatInstant(o.StartedAt), event.FormatInstant(o.Due()), event.FormatInstant(o.DoneAt),
		string(o.Status(asOf)), event.FormatInstant(asOf), cat.Label(),
	}
}
