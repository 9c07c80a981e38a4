package chart

import (
	"html/template"
	"strings"
)

// An Office is one point of a funnel.
type Office struct {
	N       float64
	Share   float64
	Outside bool
	Class   string
}

// A Limit is the limits of a funnel at a number of cases.
type Limit struct{ N, Low95, High95, Low998, High998 float64 }

// A FunnelChart is offices by their number of cases, with the limits that chance and the usual
// scatter keep to. It orders nobody.
type FunnelChart struct {
	Label, XTitle string
	Offices       []Office
	Limits        []Limit // by N
	Target        float64
	Ticks         []Tick
}

// Draw draws the chart.
func (s *FunnelChart) Draw() template.HTML {
	const width, height, left, right, top, bottom = 720, 320, 48, 700, 20, 270
	c := newCanvas(width, height)
	most := 1.0
	for _, o := range s.Offices {
		most = max(most, o.N)
	}
	x, y := axis{left, right, 0, 1.05 * most}, axis{bottom, top, 0, 1}
	c.shares(y, left, right)
	for _, t := range s.Ticks {
		c.text(x.at(t.At), bottom+17, "middle", "tick", t.Label)
	}
	c.text((left+right)/2, height-8, "middle", "axis", s.XTitle)
	c.line(left, y.at(s.Target), right, y.at(s.Target), "mean")
	for _, of := range []struct {
		class string
		value func(Limit) float64
	}{
		{"limit95", func(l Limit) float64 { return l.Low95 }}, {"limit95", func(l Limit) float64 { return l.High95 }},
		{"limit998", func(l Limit) float64 { return l.Low998 }}, {"limit998", func(l Limit) float64 { return l.High998 }},
	} {
		var d strings.Builder
		for i, l := range s.Limits {
			move := "L"
			if i == 0 {
				move = "M"
			}
			d.WriteString(move + number(x.at(l.N)) + " " + number(y.at(y.inside(of.value(l)))))
		}
		if d.Len() > 0 {
			c.path(d.String(), of.class)
		}
	}
	for _, o := range s.Offices {
		if o.Outside {
			c.diamond(x.at(o.N), y.at(o.Share), 6, "point signal")
		} else {
			c.dot(x.at(o.N), y.at(o.Share), 3.5, "point "+o.Class)
		}
	}
	return c.html(s.Label)
}
