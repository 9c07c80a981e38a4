package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"amparo/services/amparo/command"
)

// A meter measures stages of a benchmark: time on the clock, time of the
// processors, and the memory that the process holds.
type meter struct {
	streams *command.Streams
	peak    atomic.Int64 // bytes resident, since the stage began
	values  map[string]float64
}

// cost is what a stage took.
type cost struct {
	elapsed, processor time.Duration
	resident           int64 // at most, in bytes
}

// samplingEvery is how often the memory is looked at.
const samplingEvery = 50 * time.Millisecond

// watch looks at the memory until the context ends.
func (m *meter) watch(ctx context.Context) {
	ticker := time.NewTicker(samplingEvery)
	defer ticker.Stop()
	for {
		if now := resident(); now > m.peak.Load() {
			m.peak.Store(now)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (m *meter) measure(stage func() error) (cost, error) {
	m.peak.Store(resident())
	begun, spent := m.streams.Now(), processorTime()
	err := stage()
	return cost{m.streams.Now().Sub(begun), processorTime() - spent, max(m.peak.Load(), resident())}, err
}

// rate measures a stage that moves events, and prints how many a second.
func (m *meter) rate(name string, events int, stage func() error) error {
	r, err := m.measure(stage)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	line := r.line(name, events)
	m.values[name] = r.perSecond(events)
	m.line(line)
	return nil
}

func (c *cost) perSecond(events int) float64 { return float64(events) / c.elapsed.Seconds() }

func (c *cost) line(name string, events int) map[string]any {
	return map[string]any{
		"name": name, "value": c.perSecond(events), "unit": "events/s", "events": events,
		"processor_us_per_event": float64(c.processor.Microseconds()) / float64(events), "resident_bytes": c.resident,
	}
}

// rates measures several stages that take turns, since a machine changes from minute to minute, and prints of each its
// median turn, with how fast every turn was.
func (m *meter) rates(turns, events int, stages []turn) error {
	costs := make([][]cost, len(stages))
	for n := range turns {
		for i, s := range stages {
			c, err := s.run(n + 1)
			if err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			costs[i] = append(costs[i], c)
		}
	}
	for i, s := range stages {
		all := make([]float64, turns)
		for n := range costs[i] {
			all[n] = costs[i][n].perSecond(events)
		}
		slices.SortFunc(costs[i], func(a, b cost) int { return cmp.Compare(b.elapsed, a.elapsed) })
		median := costs[i][turns/2]
		line := median.line(s.name, events)
		line["turns"] = all
		m.values[s.name] = median.perSecond(events)
		m.line(line)
	}
	return nil
}

// A turn is a stage that takes turns with others, and measures itself.
type turn struct {
	name string
	run  func(n int) (cost, error)
}

func (m *meter) print(name string, value float64, unit string) {
	m.values[name] = value
	m.line(map[string]any{"name": name, "value": value, "unit": unit})
}

func (m *meter) line(fields map[string]any) {
	line, err := json.Marshal(fields)
	if err == nil {
		fmt.Fprintf(m.streams.Out, "%s\n", line)
	}
}

func processorTime() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// highest is the most memory that this process has held since it began, as the
// system noted it, whichever stage that was in; 0 where the system does not say.
func highest() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "\nVmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		return 0
	}
	return kilobytes << 10
}

// resident is how much memory this process holds, the pages of its libraries
// included; 0 where the system does not say.
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
