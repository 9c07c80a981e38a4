package chart

import (
	"fmt"
	"html/template"
)

// A Tile is one place of a tile grid. All tiles are equally large, so that small
// places are seen.
type Tile struct {
	Row, Column int // from 0
	Name        string
	Text        string
	Level       int // 1 to 5 from light to dark; 0 where there is no number
	Few         bool
	Link        string
}

// Tiles draws a grid of places. A place with too few cases for a number is hatched, one
// without any is white.
func Tiles(label string, tiles []Tile) template.HTML {
	const side, gap = 84, 6
	rows, columns := 0, 0
	for _, t := range tiles {
		rows, columns = max(rows, t.Row+1), max(columns, t.Column+1)
	}
	c := newCanvas(float64(columns*(side+gap)), float64(rows*(side+gap)))
	c.WriteString(`<defs><pattern id="few" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="7" class="hatch"/></pattern></defs>`)
	for _, t := range tiles {
		x, y := float64(t.Column*(side+gap)), float64(t.Row*(side+gap))
		if t.Link != "" {
			fmt.Fprintf(c, `<a href="%s">`, template.HTMLEscapeString(t.Link))
		}
		c.rect(x+1, y+1, side-2, side-2, fmt.Sprintf("tile l%d", t.Level))
		if t.Few {
			// An attribute: a style sheet would look for the pattern in itself.
			fmt.Fprintf(c, `<rect x="%s" y="%s" width="%d" height="%d" fill="url(#few)"/>`, number(x+1), number(y+1), side-2, side-2)
		}
		text := fmt.Sprintf("t%d", t.Level)
		c.text(x+side/2, y+30, "middle", "tilename "+text, shorten(t.Name, 13)+" ")
		c.text(x+side/2, y+56, "middle", "tiletext "+text, t.Text)
		if t.Link != "" {
			c.WriteString("</a>")
		}
	}
	// The links inside are reached one by one: this is a group, not one picture.
	return template.HTML(fmt.Sprintf(`<svg viewBox="0 0 %s %s" role="group" aria-label="%s" class="tiles">%s</svg>`, //nolint:gosec // Every text in it was escaped.
		number(c.width), number(c.height), template.HTMLEscapeString(label), c.String()))
}

// Level is the step of a share among five.
func Level(share float64) int { return min(5, max(1, 1+int(share*5))) }
