package chart

import (
	"html/template"
	"strings"
)

// A Step is a curve from a time on, with its band.
type Step struct{ X, Y, Low, High float64 }

// A Series is one curve of a step chart.
type Series struct {
	Name  string
	Class string
	Steps []Step // by X; the first at 0
	Last  float64
}

// A StepChart is curves of shares over time, such as how many are done after how
// many hours.
type StepChart struct {
	Label  string // what a screen reader says
	XTitle string
	XMax   float64
	Ticks  []Tick
	Rules  []Rule
	Series []Series
}

// Draw draws the chart.
func (s *StepChart) Draw() template.HTML {
	const width, height, left, right, top, bottom = 720, 340, 48, 580, 30, 290
	c := newCanvas(width, height)
	x, y := axis{left, right, 0, s.XMax}, axis{bottom, top, 0, 1}
	c.shares(y, left, right)
	for _, t := range s.Ticks {
		c.line(x.at(t.At), bottom, x.at(t.At), bottom+4, "tickmark")
		c.text(x.at(t.At), bottom+17, "middle", "tick", t.Label)
	}
	c.text((left+right)/2, height-6, "middle", "axis", s.XTitle)
	for _, r := range s.Rules {
		c.line(x.at(r.At), top-6, x.at(r.At), bottom, "deadline")
		anchor, shift := "start", 4.0
		if r.At > 0.6*s.XMax {
			anchor, shift = "end", -4
		}
		c.text(x.at(r.At)+shift, top-12, anchor, "rule", r.Label)
	}
	ends := make([]float64, len(s.Series))
	for i := range s.Series {
		s.Series[i].draw(c, x, y)
		ends[i] = y.at(s.Series[i].at(s.XMax))
	}
	for i, at := range spread(ends, 15) {
		c.text(right+8, at+4, "start", "name "+s.Series[i].Class, s.Series[i].Name)
	}
	return c.html(s.Label)
}

// at is the height of the curve at a time.
func (s *Series) at(x float64) float64 {
	var y float64
	for _, step := range s.Steps {
		if step.X <= x {
			y = step.Y
		}
	}
	return y
}

// draw draws the band, then the curve over it.
func (s *Series) draw(c *canvas, x, y axis) {
	if len(s.Steps) == 0 {
		return
	}
	end := min(s.Last, x.max)
	var band, line, back strings.Builder
	for i, step := range s.Steps {
		if step.X > end {
			break
		}
		next := end
		if i+1 < len(s.Steps) {
			next = min(s.Steps[i+1].X, end)
		}
		from, to := number(x.at(step.X)), number(x.at(next))
		move := "L"
		if i == 0 {
			move = "M"
		}
		line.WriteString(move + from + " " + number(y.at(step.Y)) + "L" + to + " " + number(y.at(step.Y)))
		band.WriteString(move + from + " " + number(y.at(step.High)) + "L" + to + " " + number(y.at(step.High)))
		segment := "L" + to + " " + number(y.at(step.Low)) + "L" + from + " " + number(y.at(step.Low))
		rest := back.String()
		back.Reset()
		back.WriteString(segment + rest)
	}
	c.path(band.String()+back.String()+"Z", "band "+s.Class)
	c.path(line.String(), "curve "+s.Class)
}
