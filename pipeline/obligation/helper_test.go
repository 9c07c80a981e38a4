package obligation_test

import (
	"strings"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

// local prints a local instant as tests write it, "." for none.
func local(cat *law.Catalogue, at time.Time) string {
	if at.IsZero() {
		return "."
	}
	at = at.In(cat.Zone)
	if at.Equal(at.Truncate(time.Minute)) {
		return at.Format(lawtest.Minutes)
	}
	return at.Format(lawtest.Minutes + ":05.999")
}

// rows are the obligations of some duties, each as "instance regime started due
// done status" in local time, with the duty in front where there are several.
func rows(t lawtest.TB, events []event.Event, q obligation.Query, duties ...string) []string {
	t.Helper()
	return rowsUnder(t, lawtest.Shipped(t), events, q, duties...)
}

// rowsUnder are the same under another law.
func rowsUnder(t lawtest.TB, cat *law.Catalogue, events []event.Event, q obligation.Query, duties ...string) []string {
	t.Helper()
	var out []string
	for _, duty := range duties {
		if _, ok := cat.Duty(duty); !ok {
			t.Fatalf("the catalogue has no duty %s", duty)
		}
	}
	for _, o := range obligation.Fold(cat, events, q) {
		for _, duty := range duties {
			if o.Duty != duty {
				continue
			}
			row := strings.Join([]string{
				o.Instance, o.Regime, local(cat, o.StartedAt), local(cat, o.DueAt), local(cat, o.DoneAt), string(o.Status(q.AsOf)),
			}, " ")
			if len(duties) > 1 {
				row = duty + " " + row
			}
			out = append(out, row)
		}
	}
	return out
}
