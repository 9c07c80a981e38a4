package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// lapsing is an open obligation that is missed from an instant on.
func lapsing(caseID string, at time.Time) obligation.Obligation {
	return obligation.Obligation{
		CaseID: caseID, Duty: "measures-decided", Instance: "-", Kind: law.Law, Place: "0401", Risk: "mild",
		StartedAt: at.Add(-24 * time.Hour), DueAt: at, LapsesFrom: at, LapsesBy: at,
	}
}

func settled(caseID string, at time.Time, as obligation.Status) obligation.Obligation {
	o := lapsing(caseID, at)
	o.Settled = as
	return o
}

func insertAll(t *testing.T, s *store.Store, version uint64, gone bool, list ...obligation.Obligation) {
	t.Helper()
	changes := make([]store.Change, len(list))
	for i, o := range list {
		changes[i] = store.Change{Obligation: &o, Catalogue: "law/1", Version: version, Gone: gone}
	}
	if err := s.InsertObligations(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
}

func said(seq uint64, caseID, kind string) store.Announcement {
	return store.Announcement{Key: obligation.Key{CaseID: caseID, Duty: "measures-decided", Instance: "-"}, Kind: kind, DueAt: noon, Seq: seq}
}

func TestUnannouncedFindsWhatStandsOtherwiseThanWasSaid(t *testing.T) {
	s, _ := opened(t)
	before, after := noon.Add(-time.Hour), noon.Add(time.Hour)
	asOf, since := noon.Add(2*time.Hour), noon
	insertAll(t, s, 1, false,
		lapsing("missed, never said", after), settled("late, never said", after, obligation.Late),
		lapsing("missed and said", after), settled("late and said", after, obligation.Late),
		settled("late, said missed", after, obligation.Late), settled("met, said missed", after, obligation.Met),
		settled("met, said late", after, obligation.Met), settled("met, cleared", after, obligation.Met),
		lapsing("missed, cleared", after), lapsing("old, never said", before), lapsing("old and said", before),
		settled("old late, said missed", before, obligation.Late), lapsing("open", asOf.Add(time.Millisecond)),
		lapsing("open, warned", asOf.Add(time.Hour)), settled("void", after, obligation.Void),
	)
	insertAll(t, s, 2, true, lapsing("gone, said missed", after))
	announced := []store.Announcement{
		said(1, "missed and said", "due-soon"), said(2, "missed and said", "missed"), said(3, "late and said", "missed"), said(4, "late and said", "late"),
		said(5, "late, said missed", "missed"), said(6, "met, said missed", "missed"), said(7, "met, said late", "late"), said(8, "met, cleared", "missed"),
		said(9, "met, cleared", "cleared"), said(10, "missed, cleared", "missed"), said(11, "missed, cleared", "cleared"), said(12, "old and said", "missed"),
		said(13, "old late, said missed", "missed"), said(14, "open, warned", "due-soon"), said(15, "gone, said missed", "missed"),
	}
	for range 2 { // Copied twice counts once.
		if err := s.InsertAnnouncements(t.Context(), announced); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Unannounced(t.Context(), []law.Kind{law.Law, law.Target}, asOf, since)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{
		"gone, said missed", "late, never said", "late, said missed", "met, said late", "met, said missed",
		"missed, cleared", "missed, never said", "old late, said missed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cases (-want +got):\n%s", diff)
	}
	if last, err := s.LastAnnounced(t.Context()); err != nil || last != 15 {
		t.Errorf("copied up to %d (%v), want 15", last, err)
	}
	history, err := s.Announced(t.Context(), []string{"late and said", "open"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[obligation.Key][]store.Announcement{announced[2].Key: announced[2:4]}, history); diff != "" {
		t.Errorf("notices of a case (-want +got):\n%s", diff)
	}
}

func TestPendingUntilGivesWhatOnlyTimeDecides(t *testing.T) {
	s, _ := opened(t)
	right := lapsing("a right", noon)
	right.Kind = law.Right
	insertAll(t, s, 1, false, lapsing("soon", noon), lapsing("lapsed", noon.Add(-time.Hour)), lapsing("far", noon.Add(time.Hour+time.Millisecond)),
		lapsing("at the end", noon.Add(time.Hour)), settled("met", noon, obligation.Met), right)
	var got []string
	err := s.PendingUntil(t.Context(), []law.Kind{law.Law}, noon.Add(-time.Hour), noon.Add(time.Hour), func(list []obligation.Obligation) error {
		for _, o := range list {
			got = append(got, o.CaseID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if want := []string{"at the end", "soon"}; !slices.Equal(got, want) {
		t.Errorf("pending %v, want %v", got, want)
	}
}

func TestChangedCasesIncludeThoseThatLostAnObligation(t *testing.T) {
	s, _ := opened(t)
	insertAll(t, s, 1, false, lapsing("old", noon), lapsing("changed", noon), lapsing("lost", noon))
	insertAll(t, s, 2, false, settled("changed", noon, obligation.Met))
	insertAll(t, s, 2, true, lapsing("lost", noon))
	got, err := s.ChangedCases(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if want := []string{"changed", "lost"}; !slices.Equal(got, want) {
		t.Errorf("changed %v, want %v", got, want)
	}
	rows, err := s.ObligationsOf(t.Context(), []string{"changed", "lost"})
	if err != nil || len(rows) != 1 || rows[0].CaseID != "changed" || rows[0].Settled != obligation.Met {
		t.Errorf("obligations %+v (%v), want the one that is left", rows, err)
	}
}
