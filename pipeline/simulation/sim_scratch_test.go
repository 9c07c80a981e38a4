package simulation

import (
	"io"
	"testing"
	"time"

	"amparo/schemas/law"
	ley30364 "amparo/schemas/ley-30364"
)

func BenchmarkWrite(b *testing.B) {
	cat, err := law.Load(ley30364.Files)
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(cat, Config{Seed: 7, Cases: 5000, From: time.Date(2024, 1, 1, 5, 0, 0, 0, time.UTC), AsOf: time.Date(2025, 1, 1, 5, 0, 0, 0, time.UTC)})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n, err := s.Write(io.Discard, io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n.Events)/float64(n.Cases), "events/case")
		b.ReportMetric(float64(n.Rows)/float64(n.Cases), "rows/case")
		b.ReportMetric(float64(n.Events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	}
}
