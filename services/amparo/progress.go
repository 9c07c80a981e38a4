package main

import (
	"io"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress is a bar that appears on a terminal only, and only for what takes
// longer than two seconds.
type progress struct {
	bars  *mpb.Progress
	bar   *mpb.Bar
	show  bool
	title string
	total int64
	done  int64
	begun time.Time
	now   func() time.Time
}

const progressAfter = 2 * time.Second

func newProgress(w io.Writer, title string, total int64, now func() time.Time) *progress {
	p := &progress{show: isTerminal(w), title: title, total: total, begun: now(), now: now}
	if p.show {
		p.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(48))
	}
	return p
}

// add moves the bar on.
func (p *progress) add(n int) {
	p.done += int64(n)
	if !p.show || p.bar == nil && p.now().Sub(p.begun) < progressAfter {
		return
	}
	if p.bar == nil {
		p.bar = p.bars.AddBar(p.total,
			mpb.PrependDecorators(decor.Name(p.title+" ")),
			mpb.AppendDecorators(decor.Percentage(), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)))
	}
	p.bar.SetCurrent(min(p.done, p.total))
}

// end leaves the bar where it is.
func (p *progress) end() {
	if p.bar != nil {
		p.bar.SetTotal(max(p.done, 1), true)
		p.bars.Wait()
	}
}
