package grant_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/services/access"
	"amparo/services/access/grant"
)

// kept is a recorder in memory, which can be told to fail.
type kept struct {
	entries []access.Entry
	err     error
}

func (k *kept) Record(_ context.Context, e access.Entry) error {
	if k.err != nil {
		return k.err
	}
	k.entries = append(k.entries, e)
	return nil
}

var (
	rosa = access.Viewer{Name: "rosa", Role: access.Regional, Places: []string{"04"}}
	nora = access.Viewer{Name: "nora", Role: access.National}
	ana  = access.Viewer{Name: "ana", Role: access.Analyst, Purpose: "thesis"}
	olga = access.Viewer{Name: "olga", Role: access.Auditor}
	ada  = access.Viewer{Name: "ada", Role: access.Administrator}
)

const reason = "riesgo severo sin medida, pedido del juzgado"

func TestBrokenGlassIsWholeAgainAfterThreeHours(t *testing.T) {
	at := time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC)
	k := &kept{}
	var told []string
	g := grant.NewGlass(k, func(b grant.Break) { told = append(told, b.Who+" "+b.Case) }, func() time.Time { return at })
	if g.Broken(rosa, "c-1") {
		t.Error("the glass is broken at the start")
	}
	if _, err := g.Break(t.Context(), rosa, "c-1", "  "+reason+"\n"); err != nil {
		t.Fatal(err)
	}
	if !g.Broken(rosa, "c-1") || g.Broken(rosa, "c-2") || g.Broken(nora, "c-1") || g.Broken(access.Viewer{Name: "rosa", Role: access.Analyst}, "c-1") {
		t.Error("the glass is broken for another case, person or role")
	}
	want := []access.Entry{{Who: "rosa", Role: access.Regional, Did: access.GlassBroken, Object: "c-1", Detail: reason}}
	if diff := cmp.Diff(want, k.entries); diff != "" || fmt.Sprint(told) != "[rosa c-1]" {
		t.Errorf("told %v; recorded -want +got:\n%s", told, diff)
	}
	at = at.Add(3*time.Hour - time.Second)
	if !g.Broken(rosa, "c-1") || len(g.Standing()) != 1 {
		t.Error("the glass is whole before three hours are over")
	}
	at = at.Add(time.Second)
	if g.Broken(rosa, "c-1") || len(g.Standing()) != 0 {
		t.Error("the glass is broken after three hours")
	}
}

func TestGlassIsNotBrokenWithoutRightReasonOrRecord(t *testing.T) {
	k := &kept{}
	g := grant.NewGlass(k, func(grant.Break) { t.Error("the auditor is told of what did not happen") }, time.Now)
	for name, test := range map[string]struct {
		who    access.Viewer
		reason string
		want   error
	}{
		"no right":                 {ana, reason, grant.ErrNotAllowed},
		"the administrator":        {ada, reason, grant.ErrNotAllowed},
		"nobody":                   {access.Viewer{}, reason, grant.ErrNotAllowed},
		"no reason":                {rosa, "         ", grant.ErrReason},
		"a reason of nothing":      {rosa, "urgente", grant.ErrReason},
		"a novel":                  {rosa, strings.Repeat("a ", 301), grant.ErrReason},
		"a reason with a document": {rosa, "la señora con DNI 45678912 lo pide", grant.ErrReason},
	} {
		if _, err := g.Break(t.Context(), test.who, "c-1", test.reason); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	k.err = errors.New("disk full")
	if _, err := g.Break(t.Context(), rosa, "c-1", reason); !errors.Is(err, k.err) || g.Broken(rosa, "c-1") {
		t.Errorf("a break that could not be recorded: %v", err)
	}
}

func TestGlassIsForFewCases(t *testing.T) {
	g := grant.NewGlass(&kept{}, func(grant.Break) {}, time.Now)
	var err error
	n := 0
	for ; err == nil && n < 1000; n++ {
		_, err = g.Break(t.Context(), rosa, fmt.Sprint("c-", n), reason)
	}
	if !errors.Is(err, grant.ErrTooMany) || n > 30 {
		t.Errorf("%d cases are open: %v", n, err)
	}
}

func openExports(t *testing.T, dir string, k *kept, at *time.Time) *grant.Exports {
	t.Helper()
	x, err := grant.OpenExports(dir, k, func(a, b string) bool { return a == "ana" && b == "ana-the-desk" }, func() time.Time { return *at })
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestCasesLeaveTheHouseWithASecondPerson(t *testing.T) {
	at, dir, k := time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC), t.TempDir(), &kept{}
	x := openExports(t, dir, k, &at)
	const file = "/api/v1/cases.xes?year=2025"
	asked, err := x.Ask(t.Context(), ana, file, "tesis aprobada el 2 de marzo")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Take(t.Context(), ana, asked.ID, file); !errors.Is(err, grant.ErrNoExport) {
		t.Errorf("it can be taken before it was allowed: %v", err)
	}
	for name, test := range map[string]struct {
		who  access.Viewer
		id   string
		want error
	}{
		"who asked":                   {ana, asked.ID, grant.ErrNotAllowed},
		"the administrator":           {ada, asked.ID, grant.ErrNotAllowed},
		"who asked, at another desk":  {access.Viewer{Name: "ana-the-desk", Role: access.National}, asked.ID, grant.ErrOwnExport},
		"who asked, with that right":  {access.Viewer{Name: "ana", Role: access.National}, asked.ID, grant.ErrOwnExport},
		"the desk, on something else": {nora, "x", grant.ErrNoExport},
	} {
		if err := x.Decide(t.Context(), test.who, test.id, true); !errors.Is(err, test.want) {
			t.Errorf("%s allows it: %v, want %v", name, err, test.want)
		}
	}
	x = openExports(t, dir, k, &at) // Another process goes on.
	if err := x.Decide(t.Context(), nora, asked.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := x.Decide(t.Context(), olga, asked.ID, false); !errors.Is(err, grant.ErrNoExport) {
		t.Errorf("it is decided on twice: %v", err)
	}
	taken, err := x.Take(t.Context(), ana, asked.ID, file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{asked.ID, "ana", "nora", "2026-04-06T12:00:00Z"} {
		if mark := taken.Watermark(at); !strings.Contains(mark, part) {
			t.Errorf("the watermark %q lacks %s", mark, part)
		}
	}
	for name, take := range map[string]func() (grant.Export, error){
		"another file":   func() (grant.Export, error) { return x.Take(t.Context(), ana, asked.ID, "/api/v1/cases.xes") },
		"another person": func() (grant.Export, error) { return x.Take(t.Context(), olga, asked.ID, file) },
		"another role": func() (grant.Export, error) {
			return x.Take(t.Context(), access.Viewer{Name: "ana", Role: access.National}, asked.ID, file)
		},
	} {
		if _, err := take(); !errors.Is(err, grant.ErrNoExport) {
			t.Errorf("%s: %v", name, err)
		}
	}
	at = at.Add(grant.ExportFor)
	if _, err := x.Take(t.Context(), ana, asked.ID, file); !errors.Is(err, grant.ErrNoExport) {
		t.Errorf("a week later: %v", err)
	}
	var deeds []access.Deed
	for _, e := range k.entries {
		deeds = append(deeds, e.Did)
	}
	if diff := cmp.Diff([]access.Deed{access.ExportAsked, access.ExportAllowed, access.ExportMade}, deeds); diff != "" {
		t.Errorf("recorded -want +got:\n%s", diff)
	}
}

func TestWhoSeesWhichExports(t *testing.T) {
	at, k := time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC), &kept{}
	x := openExports(t, t.TempDir(), k, &at)
	if _, err := x.Ask(t.Context(), ana, "/a", reason); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Ask(t.Context(), rosa, "/b", reason); !errors.Is(err, grant.ErrNotAllowed) {
		t.Errorf("an observer asks for cases: %v", err)
	}
	for who, want := range map[*access.Viewer]int{&ana: 1, &nora: 1, &olga: 1, &rosa: 0, &ada: 0} {
		if got := len(x.List(*who)); got != want {
			t.Errorf("%s sees %d, want %d", who.Name, got, want)
		}
	}
	at = at.Add(grant.ExportKept)
	if list := x.List(nora); list[0].State(at) != grant.Ended {
		t.Errorf("what nobody decided on for a month is %s", list[0].State(at))
	}
	if err := x.Decide(t.Context(), nora, x.List(nora)[0].ID, true); !errors.Is(err, grant.ErrNoExport) {
		t.Errorf("it is allowed then: %v", err)
	}
	if _, err := x.Ask(t.Context(), ana, "/c", reason); err != nil || len(x.List(nora)) != 1 {
		t.Errorf("what is over stays listed: %v (%v)", x.List(nora), err)
	}
}
