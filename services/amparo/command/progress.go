package command

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"amparo/services/present"
)

// Progress tells of what takes longer: as a bar on a terminal, elsewhere as a
// line from time to time. It says how many events a second are done, and how
// long the rest will take.
type Progress struct {
	w     io.Writer
	bars  *mpb.Progress
	bar   *mpb.Bar
	show  bool
	title string
	begun time.Time
	said  time.Time
	now   func() time.Time

	Total  int64        // of the work, in whatever it is measured
	done   atomic.Int64 // the bar is drawn beside the work
	events atomic.Int64
}

const (
	// progressAfter is when a bar appears.
	progressAfter = 2 * time.Second
	// progressEvery is how often a line is written where there is no terminal.
	progressEvery = time.Minute
)

// NewProgress begins to tell of some work; a total of 0 means that nobody knows it.
func NewProgress(w io.Writer, title string, total int64, now func() time.Time) *Progress {
	p := &Progress{w: w, show: IsTerminal(w), title: title, Total: total, begun: now(), now: now}
	p.said = p.begun
	if p.show {
		p.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(48))
	}
	return p
}

// Add moves on by a part of the work and the events in it.
func (p *Progress) Add(part int64, events int) {
	done, now := p.done.Add(part), p.now()
	p.events.Add(int64(events))
	switch {
	case !p.show && now.Sub(p.said) >= progressEvery:
		p.said = now
		fmt.Fprintf(p.w, "%s: %s\n", p.title, p.state())
		return
	case !p.show || p.bar == nil && now.Sub(p.begun) < progressAfter:
		return
	case p.bar == nil:
		p.bar = p.bars.AddBar(p.Total,
			mpb.PrependDecorators(decor.Name(p.title+" ")),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.state() })))
	}
	p.bar.SetCurrent(min(done, p.Total))
}

// state says how far it is. Where the total is not known, as on standard input,
// no time left is made up.
func (p *Progress) state() string {
	elapsed, done := p.now().Sub(p.begun), p.done.Load()
	words := []string{present.Fixed(float64(p.events.Load())/max(elapsed.Seconds(), 0.001), 0) + " events/s"}
	if p.Total > 0 && done > 0 {
		left := time.Duration(float64(elapsed) * float64(max(p.Total-done, 0)) / float64(done)).Round(time.Second)
		words = append([]string{strconv.FormatInt(100*min(done, p.Total)/p.Total, 10) + " %"}, append(words, left.String()+" left")...)
	}
	return strings.Join(words, ", ")
}

// End leaves the bar where it is.
func (p *Progress) End() {
	if p.bar != nil {
		p.bar.SetTotal(max(p.done.Load(), 1), true)
		p.bars.Wait()
	}
}
