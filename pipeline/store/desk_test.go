package store_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/listing"
)

// The pages count in SQL what Go can count from the same obligations.
func TestPagesCountAsGoDoes(t *testing.T) {
	s, conn := opened(t)
	of := store.Choice{Kinds: []string{"law", "target"}, Without: []string{"low"}}
	counts := func(o *obligation.Obligation, asOf time.Time) bool {
		return !o.StartedAt.After(asOf) && slices.Contains(of.Kinds, string(o.Kind)) && o.Confidence != "low"
	}
	rapid.Check(t, func(rt *rapid.T) {
		if err := conn.Exec(t.Context(), "TRUNCATE TABLE obligations"); err != nil {
			rt.Fatal(err)
		}
		changes := someObligations(rt)
		if err := s.InsertObligations(t.Context(), changes); err != nil {
			rt.Fatal(err)
		}
		asOf := noon.Add(rapid.SampledFrom([]time.Duration{-25 * time.Hour, 0, time.Millisecond, 24 * time.Hour}).Draw(rt, "asOf"))
		var counted []obligation.Obligation
		for _, c := range changes {
			if counts(c.Obligation, asOf) {
				counted = append(counted, *c.Obligation)
			}
		}
		agreeOnStanding(rt, s, counted, asOf, of)
		agreeOnMovements(rt, s, counted, asOf, of)
		agreeOnWaits(rt, s, counted, asOf, of)
		agreeOnCases(rt, s, counted, asOf, of)
	})
}

func place4(o *obligation.Obligation) string { return o.Place[:min(4, len(o.Place))] }

func agreeOnStanding(t *rapid.T, s *store.Store, counted []obligation.Obligation, asOf time.Time, of store.Choice) {
	const day = 24 * time.Hour
	dueBy := asOf.Add(day)
	want := map[string]uint64{}
	for _, o := range counted {
		step, status := uint16(0), o.Status(asOf)
		if status == obligation.Missed {
			over := asOf.Sub(o.DueAt)
			step = store.Older
			for _, days := range []uint16{90, 30, 7, 1} {
				if over <= time.Duration(days)*day {
					step = days
				}
			}
		} else if status != obligation.Open || o.DueAt.After(dueBy) {
			continue
		}
		want[fmt.Sprint(o.Duty, o.Kind, o.Confidence, o.InstitutionKind, o.Institution, place4(&o), step)]++
	}
	rows, err := s.Standing(t.Context(), asOf, dueBy, of)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, n := range rows {
		got[fmt.Sprint(n.Duty, n.Basis.Kind, n.Basis.Confidence, n.InstitutionKind, n.Institution, n.Province, n.Overdue)] += n.Count
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("standing (-Go +SQL):\n%s", diff)
	}
}

func agreeOnMovements(t *rapid.T, s *store.Store, counted []obligation.Obligation, asOf time.Time, of store.Choice) {
	want := map[string]uint64{}
	for _, o := range counted {
		add := func(turn store.Turn, at time.Time) {
			age := asOf.Sub(at).Hours() / 24
			if age < 0 || age >= 60 {
				return
			}
			period := 3
			switch {
			case age < 1:
				period = 0
			case age < 2:
				period = 1
			case age < 30:
				period = 2
			}
			want[fmt.Sprint(o.Duty, o.Kind, place4(&o), turn, period)]++
		}
		add(store.Arisen, o.StartedAt)
		status := o.Status(asOf)
		if status == obligation.Met || status == obligation.Late || status == obligation.Missed {
			add(store.FellDue, o.DueAt)
		}
		if status == obligation.Late || status == obligation.Missed {
			add(store.Failed, o.DueAt)
		}
		if status == obligation.Met || status == obligation.Late {
			add(store.Done, o.DoneAt)
		}
	}
	rows, err := s.Movements(t.Context(), asOf, of)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, n := range rows {
		got[fmt.Sprint(n.Duty, n.Basis.Kind, n.Province, n.Turn, n.Period)] += n.Count
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("movements (-Go +SQL):\n%s", diff)
	}
}

func agreeOnWaits(t *rapid.T, s *store.Store, counted []obligation.Obligation, asOf time.Time, of store.Choice) {
	after := asOf.AddDate(-1, 0, 0)
	regions := map[string]string{"0401": "highlands", "04": "highlands", "2101": "coast"}
	want := map[string][3]uint64{}
	for _, o := range counted {
		status := o.Status(asOf)
		if status == obligation.Unclear || !o.DueAt.After(after) {
			continue
		}
		end, which := asOf, 2
		switch {
		case status == obligation.Void:
			which = 1
			if o.DueAt.Before(asOf) {
				end = o.DueAt
			}
		case !o.DoneAt.IsZero():
			end, which = o.DoneAt, 0
		}
		seconds := math.Max(0, end.Sub(o.StartedAt).Seconds())
		var minutes int64
		switch {
		case seconds <= 3*86400:
			minutes = 15 * int64(math.Ceil(seconds/900))
		case seconds <= 14*86400:
			minutes = 60 * int64(math.Ceil(seconds/3600))
		default:
			minutes = 1440 * int64(math.Ceil(seconds/86400))
		}
		k := fmt.Sprint(o.Duty, regions[place4(&o)], minutes)
		n := want[k]
		n[which]++
		want[k] = n
	}
	rows, err := s.Waits(t.Context(), asOf, after, of, regions)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][3]uint64{}
	for _, n := range rows {
		got[fmt.Sprint(n.Duty, n.Region, n.Minutes)] = [3]uint64{n.Events, n.Competing, n.Censored}
		if n.Shortest > n.Longest || n.Longest <= 0 {
			t.Fatalf("the law allowed from %s to %s", n.Shortest, n.Longest)
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("waits (-Go +SQL):\n%s", diff)
	}
}

func agreeOnCases(t *rapid.T, s *store.Store, counted []obligation.Obligation, asOf time.Time, of store.Choice) {
	q := listing.Query{
		AsOf: asOf, Duty: "measures-decided", Place: "04", Due: store.Span{From: noon.AddDate(0, -1, 0), To: noon},
		Institution: rapid.SampledFrom([]string{"", "o-1"}).Draw(t, "institution"),
		Statuses:    []obligation.Status{obligation.Missed, obligation.Late}, Choice: of, Limit: 3,
		Provinces: rapid.SampledFrom([][]string{nil, {"0401"}}).Draw(t, "provinces"),
	}
	var want []string
	slices.SortFunc(counted, func(a, b obligation.Obligation) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.CaseID, b.CaseID))
	})
	for _, o := range counted {
		if o.Duty == q.Duty && o.DueAt.After(q.Due.From) && !o.DueAt.After(q.Due.To) && o.Place[:2] == q.Place && slices.Contains(q.Statuses, o.Status(asOf)) &&
			(q.Provinces == nil || slices.Contains(q.Provinces, place4(&o))) &&
			(q.Institution == "" || o.Institution == q.Institution) {
			want = append(want, o.CaseID)
		}
	}
	var got []string
	for {
		page, err := listing.Of(s).Behind(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page {
			got = append(got, o.CaseID)
		}
		if len(page) < q.Limit {
			break
		}
		q.After = listing.PlaceOf(&page[len(page)-1])
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("cases (-Go +SQL):\n%s", diff)
	}
}

func TestAPageOfNoCasesIsRefused(t *testing.T) {
	s, _ := opened(t)
	if _, err := listing.Of(s).Behind(t.Context(), listing.Query{Duty: "measures-decided", Limit: 0}); err == nil {
		t.Error("a page of nothing was given")
	}
}

func TestSourcesSayWhenTheyWereHeardAndHowLateTheyWrite(t *testing.T) {
	s, _ := opened(t)
	const day = 24 * time.Hour
	seq := uint64(0)
	send := func(source string, received, entry time.Duration) {
		seq++
		e := recorded(t, "c-1", fmt.Sprint("e-", seq), seq, `{"ubigeo":"0401"}`)
		e.Source, e.ReceivedAt = source, noon.Add(-received)
		e.RecordedAt = e.At.Add(entry)
		insertEvents(t, s, e)
		if received < day {
			insertEvents(t, s, e) // redelivered: counts once in the day and the week
		}
	}
	send("urn:a", time.Hour, 2*time.Hour)
	send("urn:a", 2*day, 50*time.Hour)
	send("urn:a", 7*day, 2*time.Hour)
	send("urn:b", 200*day, 2*time.Hour)
	send("urn:c", -time.Minute, time.Hour) // after the instant

	got, err := s.Sources(t.Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 {
		t.Fatalf("sources: %+v", got)
	}
	a, b := got[0], got[1]
	if a.Name != "urn:a" || !a.LastAt.Equal(noon.Add(-time.Hour)) || a.Day != 1 || a.Week != 2 || a.Half != 2 || a.Most < 40 {
		t.Errorf("a: %+v", a)
	}
	if a.Late != 1 || a.Quarter < 3 {
		t.Errorf("one was written down late: %+v", a)
	}
	if b.Day != 0 || b.Week != 0 || b.Quarter != 0 || b.Half != 0 || b.Most != 0 || !b.LastAt.Equal(noon.Add(-200*day)) {
		t.Errorf("b: %+v", b)
	}
}
