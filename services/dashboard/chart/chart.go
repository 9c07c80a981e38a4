// Package chart draws what the pages show as SVG on the server: it is there
// without a script, prints, and has no more in it than the table beside it.
// Colours and dashes are classes of the style sheet, so that one place knows them.
package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// A Drawing is an SVG element, of which every text was escaped.
type Drawing = template.HTML

// A Tick is a place on an axis with its label.
type Tick struct {
	At    float64
	Label string
}

// A Rule is a line across a chart that has a name, such as a deadline or a
// change of the law.
type Rule struct {
	At    float64
	Label string
}

// canvas collects the elements of one drawing.
type canvas struct {
	strings.Builder
	width, height float64
}

func newCanvas(width, height float64) *canvas { return &canvas{width: width, height: height} }

// number prints a coordinate: a tenth of a point is finer than any screen.
func number(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(c, `<line x1="%s" y1="%s" x2="%s" y2="%s" class="%s"/>`, number(x1), number(y1), number(x2), number(y2), class)
}

func (c *canvas) rect(x, y, w, h float64, class string) {
	fmt.Fprintf(c, `<rect x="%s" y="%s" width="%s" height="%s" class="%s"/>`, number(x), number(y), number(w), number(h), class)
}

func (c *canvas) dot(x, y, r float64, class string) {
	fmt.Fprintf(c, `<circle cx="%s" cy="%s" r="%s" class="%s"/>`, number(x), number(y), number(r), class)
}

// diamond marks a point by shape, for whoever does not see its colour.
func (c *canvas) diamond(x, y, r float64, class string) {
	fmt.Fprintf(c, `<path d="M%s %sL%s %sL%s %sL%s %sZ" class="%s"/>`, number(x), number(y-r), number(x+r), number(y), number(x), number(y+r), number(x-r), number(y), class)
}

func (c *canvas) path(d, class string) {
	fmt.Fprintf(c, `<path d="%s" class="%s"/>`, d, class)
}

// text writes a label; anchor is start, middle or end.
func (c *canvas) text(x, y float64, anchor, class, text string) {
	fmt.Fprintf(c, `<text x="%s" y="%s" text-anchor="%s" class="%s">%s</text>`, number(x), number(y), anchor, class, template.HTMLEscapeString(text))
}

// html closes the drawing. The label is what a screen reader says in its place;
// the table beside it has the numbers.
func (c *canvas) html(label string) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %s %s" role="img" aria-label="%s">%s</svg>`, //nolint:gosec // Every text in it was escaped.
		number(c.width), number(c.height), template.HTMLEscapeString(label), c.String()))
}

// An axis maps values to places on a canvas.
type axis struct{ from, to, min, max float64 }

func (a axis) at(v float64) float64 {
	if a.max == a.min {
		return a.from
	}
	return a.from + (a.to-a.from)*(v-a.min)/(a.max-a.min)
}

// inside keeps a value within the axis.
func (a axis) inside(v float64) float64 { return math.Max(a.min, math.Min(a.max, v)) }

// Class is the class of a region, by its place among the regions; the nation has
// -1.
func Class(region int) string {
	if region < 0 {
		return "nation"
	}
	return fmt.Sprintf("r%d", region%4)
}

// shares draws the lines of an axis of shares, from nothing to all.
func (c *canvas) shares(y axis, left, right float64) {
	for _, share := range []float64{0, 0.25, 0.5, 0.75, 1} {
		if share < y.min-1e-9 || share > y.max+1e-9 {
			continue
		}
		c.line(left, y.at(share), right, y.at(share), "grid")
		c.text(left-6, y.at(share)+4, "end", "tick", fmt.Sprintf("%.0f%%", 100*share))
	}
}

// spread moves labels apart that would lie on each other, and keeps their order.
func spread(at []float64, gap float64) []float64 {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	for i := 1; i < len(order); i++ {
		for j := i; j > 0 && at[order[j]] < at[order[j-1]]; j-- {
			order[j], order[j-1] = order[j-1], order[j]
		}
	}
	out := make([]float64, len(at))
	copy(out, at)
	for k := 1; k < len(order); k++ {
		if low := out[order[k-1]] + gap; out[order[k]] < low {
			out[order[k]] = low
		}
	}
	return out
}
