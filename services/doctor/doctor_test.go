package doctor_test

import (
	"errors"
	"testing"
	"time"

	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/schemas/law"
	"amparo/services/doctor"
	"amparo/services/present"
)

var (
	now   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	check = law.Text{ES: "qué", EN: "what"}
)

func TestFindings(t *testing.T) {
	const gigabyte = 1 << 30
	cat := &law.Catalogue{Zone: time.UTC}
	sources := func(until time.Time, synthetic uint64) []doctor.Finding {
		return doctor.Sources(present.NewSources(cat, now, []store.ReportedSpan{{Until: until, First: until, Events: 10, Synthetic: synthetic}}), time.UTC)
	}
	last := func(list []doctor.Finding) doctor.Finding { return list[len(list)-1] }
	for name, tt := range map[string]struct {
		got  doctor.Finding
		want doctor.State
	}{
		"room enough":             {doctor.Disk(check, 60*gigabyte, 100*gigabyte), doctor.Well},
		"a tenth left":            {doctor.Disk(check, 9*gigabyte, 100*gigabyte), doctor.Warning},
		"hardly any room":         {doctor.Disk(check, gigabyte/2, 100*gigabyte), doctor.Ill},
		"a disk of no size":       {doctor.Disk(check, 0, 0), doctor.Unknown},
		"the clocks agree":        {doctor.Clock(check, now.Add(time.Second), now, now.Add(2*time.Second)), doctor.Well},
		"a little off":            {doctor.Clock(check, now.Add(3*time.Second), now, now.Add(2*time.Second)), doctor.Well},
		"a server ahead":          {doctor.Clock(check, now.Add(9*time.Second), now, now.Add(2*time.Second)), doctor.Ill},
		"a server behind":         {doctor.Clock(check, now.Add(-9*time.Second), now, now.Add(2*time.Second)), doctor.Ill},
		"a server without clock":  {doctor.Clock(check, time.Time{}, now, now), doctor.Unknown},
		"a clock set by others":   {doctor.Synchronised(check, true, true), doctor.Well},
		"a clock of its own":      {doctor.Synchronised(check, false, true), doctor.Warning},
		"a clock not known":       {doctor.Synchronised(check, false, false), doctor.Unknown},
		"files enough":            {doctor.Files(check, 65536), doctor.Well},
		"few files":               {doctor.Files(check, 1024), doctor.Warning},
		"memory enough":           {doctor.Memory(check, 4*gigabyte, 16*gigabyte), doctor.Well},
		"too much for a query":    {doctor.Memory(check, 4*gigabyte, 4*gigabyte), doctor.Warning},
		"a machine not known":     {doctor.Memory(check, 4*gigabyte, 0), doctor.Unknown},
		"events on disk":          {doctor.Stream(stream.Health{OnDisk: true})[0], doctor.Well},
		"events in memory":        {doctor.Stream(stream.Health{})[0], doctor.Ill},
		"a stream without limit":  {doctor.Stream(stream.Health{Bytes: 1 << 40, MaxBytes: -1})[1], doctor.Well},
		"a stream nearly full":    {doctor.Stream(stream.Health{Bytes: 95, MaxBytes: 100})[1], doctor.Warning},
		"nothing waits":           {doctor.Lag(check, 10, 10), doctor.Well},
		"judged ahead":            {doctor.Lag(check, 10, 11), doctor.Well},
		"much waits":              {doctor.Lag(check, 1_000_000, 10), doctor.Warning},
		"sources up to date":      {last(sources(now, 0)), doctor.Well},
		"sources that are silent": {last(sources(now.AddDate(0, -2, 0), 0)), doctor.Warning},
		"made-up data alone":      {last(sources(now, 10)), doctor.Well},
		"data that are mixed":     {last(sources(now, 5)), doctor.Ill},
		"a full disk elsewhere":   {doctor.Store(store.Health{Free: 1, Total: 100 * gigabyte}), doctor.Ill},
		"what failed":             {doctor.Failed(check, errors.New("no"), check), doctor.Ill},
	} {
		if tt.got.State != tt.want {
			t.Errorf("%s: %s, want %s", name, tt.got.State, tt.want)
		}
		if advice := tt.got.Do.ES != "" && tt.got.Do.EN != ""; (tt.want == doctor.Ill || tt.want == doctor.Warning) != advice {
			t.Errorf("%s: what to do is %q", name, tt.got.Do)
		}
		if tt.got.Found.ES == "" || tt.got.Found.EN == "" || tt.got.State.Words().ES == "" {
			t.Errorf("%s says nothing: %v", name, tt.got)
		}
	}
}

func TestTheMachineIsLookedAt(t *testing.T) {
	free, total, err := doctor.DiskOf(t.TempDir())
	if err != nil || total == 0 || free > total {
		t.Errorf("%d free of %d, %v", free, total, err)
	}
	if _, _, err := doctor.DiskOf("/no/such/folder"); err == nil {
		t.Error("a folder that is not there has a disk")
	}
	if doctor.MachineMemory() == 0 || doctor.OpenFiles() == 0 {
		t.Error("no memory, or no files")
	}
}
