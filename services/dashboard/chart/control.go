package chart

import (
	"html/template"
	"strings"
)

// A Point is one month of a control chart.
type Point struct {
	Label  string
	Value  float64
	Exists bool
	Signal bool
}

// A ControlChart is months with the limits that chance alone would keep to, and
// the changes of the law.
type ControlChart struct {
	Label           string
	Points          []Point
	Mean, Low, High *float64
	Changes         []Rule // At is the index of a point
	MeanLabel       string
}

// Draw draws the chart.
func (s *ControlChart) Draw() template.HTML {
	const width, height, left, right, top, bottom = 720, 300, 48, 640, 34, 250
	c := newCanvas(width, height)
	x, y := axis{left + 8, right - 8, 0, float64(max(1, len(s.Points)-1))}, axis{bottom, top, 0, 1}
	c.shares(y, left, right)
	if s.Low != nil && s.High != nil {
		low, high := y.inside(*s.Low), y.inside(*s.High)
		c.rect(left, y.at(high), right-left, y.at(low)-y.at(high), "limits")
	}
	if s.Mean != nil {
		c.line(left, y.at(*s.Mean), right, y.at(*s.Mean), "mean")
		c.text(right+6, y.at(*s.Mean)+4, "start", "tick", s.MeanLabel)
	}
	for _, change := range s.Changes {
		c.line(x.at(change.At), top-6, x.at(change.At), bottom, "change")
		anchor, shift := "start", 4.0
		if change.At > 0.6*x.max {
			anchor, shift = "end", -4
		}
		c.text(x.at(change.At)+shift, top-12, anchor, "rule", change.Label)
	}
	s.line(c, x, y)
	every := max(1, len(s.Points)/8)
	for i, p := range s.Points {
		if p.Exists && p.Signal {
			c.diamond(x.at(float64(i)), y.at(p.Value), 6, "point signal")
		} else if p.Exists {
			c.dot(x.at(float64(i)), y.at(p.Value), 3.5, "point")
		}
		if i%every == 0 {
			c.text(x.at(float64(i)), bottom+18, "middle", "tick", p.Label)
		}
	}
	return c.html(s.Label)
}

// line joins the months that have a share; a month without one is a gap.
func (s *ControlChart) line(c *canvas, x, y axis) {
	var d strings.Builder
	move := "M"
	for i, p := range s.Points {
		if !p.Exists {
			move = "M"
			continue
		}
		d.WriteString(move + number(x.at(float64(i))) + " " + number(y.at(p.Value)))
		move = "L"
	}
	if d.Len() > 0 {
		c.path(d.String(), "series")
	}
}
