package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
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
	perSecond := float64(events) / r.elapsed.Seconds()
	m.values[name] = perSecond
	m.line(map[string]any{
		"name": name, "value": perSecond, "unit": "events/s", "events": events,
		"processor_us_per_event": float64(r.processor.Microseconds()) / float64(events), "resident_bytes": r.resident,
	})
	return nil
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
