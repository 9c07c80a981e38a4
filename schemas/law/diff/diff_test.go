package diff_test

import (
	"amparo/schemas/law"
	"amparo/schemas/law/diff"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	a := lawtest.NewOverlay(t, "appeal-granted", "appeal-heard")
	b := lawtest.NewOverlay(t, "appeal-granted", "appeal-decided")
	b.Edit("duties/appeal-granted.yaml", "limit: {days: 3,", "limit: {days: 5,")
	b.Edit("duties/appeal-granted.yaml", "bearer: family-court", "bearer: family-chamber")
	text := string(b.MapFS["duties/appeal-granted.yaml"].Data)
	b.Write("duties/appeal-granted.yaml", text[:strings.Index(text, "examples:")]+"examples:\n  - {start: \"2024-03-01T10:15:00-05:00\", regime: appeal-grant-3d, due: \"2024-03-09T00:00:00-05:00\"}\n")
	before, err := load.Catalogue(a.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	after, err := load.Catalogue(b.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range diff.Of(before, after, "en") {
		got = append(got, strings.Join([]string{d.Duty, d.Regime, d.What, d.Part, d.Before, d.After}, "|"))
	}
	want := []string{
		"appeal-decided||added|||Decide the appeal",
		"appeal-decided|appeal-decision-3d|added|||3 business days (Court days), 2018-09-05..",
		"appeal-granted||changed|bearer|family-court|family-chamber",
		"appeal-granted|appeal-grant-3d|changed|limit|3 business days (Court days)|5 business days (Court days)",
		"appeal-heard||removed||Hold the view of the case in the appeal|",
		"appeal-heard|appeal-hearing-3d|removed||3 business days (Court days), 2018-09-05..|",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if same := diff.Of(lawtest.Shipped(t), lawtest.Shipped(t), "en"); len(same) != 0 {
		t.Errorf("the catalogue that ships differs from itself: %v", same)
	}
	if same := diff.Of(before, before, "en"); len(same) != 0 {
		t.Errorf("a catalogue differs from itself: %v", same)
	}
}

func TestTurns(t *testing.T) {
	var got []string
	for _, turn := range diff.Turns(lawtest.Shipped(t)) {
		if turn.Duty.ID == "measures-decided" && turn.On >= mustDate(t, "2020-01-01") {
			word := " ended "
			if turn.Begins {
				word = " begins "
			}
			got = append(got, turn.On.String()+word+turn.Regime.ID)
		}
	}
	want := []string{
		"2020-04-28 begins pm-covid-24h",
		"2023-03-23 ended pm-mild-moderate-48h-2018",
		"2023-03-23 ended pm-severe-24h-2018",
		"2023-03-23 ended pm-undetermined-72h-2018",
		"2023-03-23 begins pm-known-risk-24h-2023",
		"2023-03-23 begins pm-undetermined-48h-2023",
		"2023-05-26 ended pm-covid-24h",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func mustDate(t *testing.T, s string) law.Date {
	t.Helper()
	d, err := law.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
