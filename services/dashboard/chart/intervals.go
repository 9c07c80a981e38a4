package chart

import (
	"html/template"
	"math"
)

// An Interval is one row of a chart of differences.
type Interval struct {
	Name                string
	Estimate, Low, High float64
	Exists              bool
	Note                string // in place of an interval, or beside it
	Class               string // of the verdict
}

// An IntervalChart is differences with their intervals around zero, and the
// margin within which a difference does not matter.
type IntervalChart struct {
	Label  string
	Rows   []Interval
	Margin float64
	Less   string // what it means to lie left of zero
	More   string
}

// Draw draws the chart.
func (s *IntervalChart) Draw() template.HTML {
	const width, left, right, top, row = 720, 290, 560, 34, 26
	bottom := float64(top + row*len(s.Rows))
	c := newCanvas(width, bottom+34)
	reach := 2 * s.Margin
	for _, r := range s.Rows {
		if r.Exists {
			reach = math.Max(reach, math.Max(math.Abs(r.Low), math.Abs(r.High)))
		}
	}
	reach = math.Min(1, math.Ceil(reach*20)/20)
	x := axis{left, right, -reach, reach}
	c.rect(x.at(-s.Margin), top, x.at(s.Margin)-x.at(-s.Margin), bottom-top, "margin")
	c.line(x.at(0), top-6, x.at(0), bottom, "zero")
	c.text(x.at(0)-8, top-14, "end", "tick", "← "+s.Less)
	c.text(x.at(0)+8, top-14, "start", "tick", s.More+" →")
	for _, at := range []float64{-reach, -reach / 2, 0, reach / 2, reach} {
		c.text(x.at(at), bottom+18, "middle", "tick", signedPoints(at))
	}
	for i, r := range s.Rows {
		y := top + row*(float64(i)+0.5)
		c.text(left-14, y+4, "end", "rowname", shorten(r.Name, 38))
		if r.Exists {
			c.line(x.at(x.inside(r.Low)), y, x.at(x.inside(r.High)), y, "whisker "+r.Class)
			c.diamond(x.at(x.inside(r.Estimate)), y, 5, "estimate "+r.Class)
		}
		c.text(right+14, y+4, "start", "note", r.Note)
	}
	return c.html(s.Label)
}

// shorten cuts a name that would leave the drawing; the table has all of it.
func shorten(name string, runes int) string {
	if r := []rune(name); len(r) > runes {
		return string(r[:runes-1]) + "…"
	}
	return name
}

func signedPoints(share float64) string {
	switch points := math.Round(1000*share) / 10; {
	case points > 0:
		return "+" + number(points)
	case points < 0:
		return "−" + number(-points)
	}
	return "0"
}
