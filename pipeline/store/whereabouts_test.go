package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/store"
)

func TestWhereACaseHappenedAndWhoActed(t *testing.T) {
	s, _ := opened(t)
	insertEvents(t, s,
		recorded(t, "c-1", "e-1", 1, `{"ubigeo":"040101","institution":"pnp-1","institution_kind":"police-station"}`),
		recorded(t, "c-1", "e-2", 2, `{"ubigeo":"040101","institution":"pnp-1","institution_kind":"police-station"}`),
		recorded(t, "c-1", "e-3", 3, `{"ubigeo":"0402"}`),
		recorded(t, "c-2", "e-1", 4, `{"ubigeo":"210101","institution":"cem-9","institution_kind":"cem"}`),
	)
	for caseID, want := range map[string][]store.Whereabout{
		"c-1": {{Place: "040101", Institution: "pnp-1"}, {Place: "0402"}}, "c-2": {{Place: "210101", Institution: "cem-9"}}, "c-3": nil,
	} {
		got, err := s.Whereabouts(t.Context(), caseID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s (%v): -want +got:\n%s", caseID, err, diff)
		}
	}
}
