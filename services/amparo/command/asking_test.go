package command

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestADayOfTodayIsWhatThereIsOfIt(t *testing.T) {
	lima := time.FixedZone("Lima", -5*3600)
	now := time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC)
	for given, want := range map[string]string{
		"2026-03-01":                "2026-03-01T15:00:00Z",
		"2026-02-28":                "2026-03-01T04:59:59.999Z",
		"2026-03-02":                "2026-03-03T04:59:59.999Z",
		"2026-03-01T10:15:00-05:00": "2026-03-01T15:15:00Z",
	} {
		q, err := Instants{AsOf: given}.Query(now, lima)
		if err != nil || q.AsOf.Format(time.RFC3339Nano) != want {
			t.Errorf("%s is %s (%v), want %s", given, q.AsOf.Format(time.RFC3339Nano), err, want)
		}
	}
	if _, err := (Instants{AsOf: "01/03/2026"}).Query(now, lima); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "2024-03-01") {
		t.Errorf("got %v", err)
	}
}
