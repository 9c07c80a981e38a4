package chart

import "html/template"

// A Bar is one step of a chart of bars.
type Bar struct {
	Name  string
	Share float64 // of the longest
	Text  string
	Class string
}

// Bars draws bars below each other, such as the steps of a case.
func Bars(label string, bars []Bar) template.HTML {
	const width, left, right, row = 720, 270, 560, 30
	c := newCanvas(width, float64(row*len(bars)+8))
	x := axis{left, right, 0, 1}
	for i, b := range bars {
		y := float64(row*i + 4)
		c.text(left-12, y+18, "end", "rowname", shorten(b.Name, 36))
		c.rect(left, y+3, max(1, x.at(x.inside(b.Share))-left), row-10, "bar "+b.Class)
		c.text(x.at(x.inside(b.Share))+8, y+18, "start", "note", b.Text)
	}
	return c.html(label)
}
