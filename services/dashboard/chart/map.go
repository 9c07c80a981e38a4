package chart

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"amparo/schemas/law"
)

// An Area is one place of a drawn map.
type Area struct {
	Shape law.Shape
	Name  string
	Text  string // its number, with n
	Level int    // 1 to 5 from light to dark; 0 where there is no number
	Few   bool   // hidden: too few cases
	Link  string // "" where it leads nowhere
}

// A MapKey says what the colours of a map mean: the five steps, what is hidden, and what has no
// data.
type MapKey struct {
	Title        string
	Steps        [5]string
	Hidden, None string
}

const (
	mapHeight = 620.0
	mapEdge   = 6.0
	// smallArea is the least side of an area that is seen without help, in points.
	smallArea = 12.0
)

// Map draws places by their outlines, on a plain projection about their middle. What has too few
// cases for a number is hatched, what has no data is white; a place too small to be seen
// gets a dot.
func Map(label string, areas []Area, key MapKey) template.HTML {
	p, ok := projectionOf(areas)
	if !ok {
		return ""
	}
	c := newCanvas(p.width, mapHeight)
	c.WriteString(`<defs><pattern id="hidden" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="7" class="hatch"/></pattern></defs>`)
	for _, dots := range []bool{false, true} { // Dots last: a neighbour would cover them.
		for i := range areas {
			if small := p.small(areas[i].Shape); small == dots {
				c.area(&areas[i], p, small)
			}
		}
	}
	c.mapKey(key)
	// The links inside are reached one by one: this is a group, not one picture.
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %s %s" role="group" aria-label="%s" class="map">%s</svg>`, //nolint:gosec // Every text in it was escaped.
		number(c.width), number(c.height), template.HTMLEscapeString(label), c.String()))
}

// area draws one place, as a link where it leads somewhere.
func (c *canvas) area(a *Area, p projection, small bool) {
	said := template.HTMLEscapeString(a.Name + ": " + a.Text)
	if a.Link != "" {
		fmt.Fprintf(c, `<a href="%s" aria-label="%s">`, template.HTMLEscapeString(a.Link), said)
	}
	shape := `path d="` + p.path(a.Shape) + `"`
	if small {
		x, y := p.middle(a.Shape)
		shape = fmt.Sprintf(`circle cx="%s" cy="%s" r="%s"`, number(x), number(y), number(smallArea/2))
	}
	fmt.Fprintf(c, `<%s class="area l%d"><title>%s</title></%s>`, shape, a.Level, said, shape[:strings.IndexByte(shape, ' ')])
	if a.Few {
		fmt.Fprintf(c, `<%s fill="url(#hidden)" class="over"/>`, shape)
	}
	if a.Link != "" {
		c.WriteString("</a>")
	}
}

// mapKey stands where the sea is: at the lower left.
func (c *canvas) mapKey(key MapKey) {
	const side, line = 16.0, 22.0
	y := c.height - mapEdge - 7*line
	c.text(mapEdge, y-10, "start", "tick", key.Title)
	row := func(class, text string, hatched bool) {
		c.rect(mapEdge, y, side, side, "area "+class)
		if hatched {
			fmt.Fprintf(c, `<rect x="%s" y="%s" width="%s" height="%s" fill="url(#hidden)"/>`, number(mapEdge), number(y), number(side), number(side))
		}
		c.text(mapEdge+side+8, y+13, "start", "tick", text)
		y += line
	}
	for i, step := range key.Steps {
		row(fmt.Sprintf("l%d", i+1), step, false)
	}
	row("l0", key.Hidden, true)
	row("l0", key.None, false)
}

// A projection maps degrees to points on a canvas: a degree of longitude is as wide as it is at
// the middle latitude.
type projection struct{ west, north, across, down, width float64 }

// projectionOf fits all areas; it is not ok where there are none.
func projectionOf(areas []Area) (p projection, ok bool) {
	west, east, south, north := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for i := range areas {
		for _, ring := range areas[i].Shape {
			for _, at := range ring {
				west, east = math.Min(west, at[0]), math.Max(east, at[0])
				south, north = math.Min(south, at[1]), math.Max(north, at[1])
			}
		}
	}
	if east <= west || north <= south {
		return p, false
	}
	down := (mapHeight - 2*mapEdge) / (north - south)
	across := down * math.Cos((north+south)/2*math.Pi/180)
	return projection{west: west, north: north, across: across, down: down, width: math.Ceil((east-west)*across + 2*mapEdge)}, true
}

func (p projection) at(point law.Point) (x, y float64) {
	return mapEdge + (point[0]-p.west)*p.across, mapEdge + (p.north-point[1])*p.down
}

func (p projection) path(shape law.Shape) string {
	var b strings.Builder
	for _, ring := range shape {
		for i, at := range ring[:len(ring)-1] {
			x, y := p.at(at)
			b.WriteString(map[bool]string{true: "M", false: "L"}[i == 0] + number(x) + " " + number(y))
		}
		b.WriteString("Z")
	}
	return b.String()
}

// box is the extent of a shape on the canvas.
func (p projection) box(shape law.Shape) (left, top, right, bottom float64) {
	left, top, right, bottom = math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, ring := range shape {
		for _, at := range ring {
			x, y := p.at(at)
			left, right, top, bottom = math.Min(left, x), math.Max(right, x), math.Min(top, y), math.Max(bottom, y)
		}
	}
	return left, top, right, bottom
}

func (p projection) small(shape law.Shape) bool {
	left, top, right, bottom := p.box(shape)
	return right-left < smallArea && bottom-top < smallArea
}

func (p projection) middle(shape law.Shape) (x, y float64) {
	left, top, right, bottom := p.box(shape)
	return (left + right) / 2, (top + bottom) / 2
}
