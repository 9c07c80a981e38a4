package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/store"
)

func TestCasesLikeAMistypedOne(t *testing.T) {
	s, _ := opened(t)
	var events []store.Recorded
	for i, id := range []string{"c-100", "c-101", "c-1", "x-999", "C-100-b"} {
		events = append(events, recorded(t, id, "e-1", uint64(i+1), `{"ubigeo":"040101","channel":"police"}`))
	}
	insertEvents(t, s, events...)
	for typed, want := range map[string][]string{
		"C-100":  {"c-100", "c-101", "C-100-b", "c-1"}, // capitals do not count; then by distance
		"c-1O1":  {"c-101", "c-1", "c-100"},
		"x-99":   {"x-999"},
		"C-10":   {"c-1", "c-100", "c-101", "C-100-b"}, // the last only begins so
		"q-4242": {},
	} {
		got, err := s.CasesLike(t.Context(), typed, 4)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typed, diff)
		}
	}
	if got, err := s.CasesLike(t.Context(), "c-1", 2); err != nil || len(got) != 2 {
		t.Errorf("%v, %v: want two", got, err)
	}
}
