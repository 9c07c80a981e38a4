package command

import (
	"strings"
	"testing"
	"time"
)

func TestProgressSaysHowFastAndHowLongStill(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var out strings.Builder
	p := NewProgress(&out, "ten-years.ndjson", 4000, func() time.Time { return at })
	for range 3 {
		at = at.Add(25 * time.Second)
		p.Add(300, 1_000_000)
	}
	at = at.Add(25 * time.Second)
	p.Add(100, 500_000)
	if want := "ten-years.ndjson: 22 %, 40,000 events/s, 4m18s left\n"; out.String() != want {
		t.Errorf("wrote %q, want one line after a minute, like %q", out.String(), want)
	}
	if got := p.state(); got != "25 %, 35,000 events/s, 5m0s left" {
		t.Errorf("says %q after a quarter", got)
	}
	unknown := NewProgress(&out, "-", 0, func() time.Time { return at })
	at = at.Add(10 * time.Second)
	unknown.Add(100, 5000)
	if got := unknown.state(); got != "500 events/s" {
		t.Errorf("says %q where the end is not known", got)
	}
}
