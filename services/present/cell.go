package present

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"amparo/pipeline/statistics"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Column is one column of what is printed: its name for programs, which never
// changes, and its heading for people.
type Column struct {
	Name  string
	Title law.Text
}

// Col is a column.
func Col(name, es, en string) Column { return Column{name, Say(es, en)} }

// A Cell is one value. The zero Cell is no value.
type Cell struct {
	kind  cellKind
	text  string // for programs
	word  law.Text
	value float64
	n     int64
	unit  string
	at    time.Time
	list  []Cell
}

type cellKind int

const (
	none cellKind = iota
	textCell
	wordCell
	countCell
	realCell
	instantCell
	dayCell
	truthCell
	listCell
)

// None is no value.
var None = Cell{}

// Text is a text or a name that reads as it is; empty is no value.
func Text(s string) Cell {
	if s == "" {
		return None
	}
	return Cell{kind: textCell, text: s}
}

// Coded is a code for programs with its words for people.
func Coded(code string, word law.Text) Cell {
	if code == "" && word.In(Spanish) == "" {
		return None
	}
	return Cell{kind: wordCell, text: code, word: word}
}

// Words is a text that programs read in the language asked for.
func Words(t law.Text) Cell {
	if t.In(Spanish) == "" {
		return None
	}
	return Cell{kind: wordCell, word: t}
}

// Int is a count.
func Int[N int | int64 | uint64 | uint32 | uint16](n N) Cell {
	return Cell{kind: countCell, value: float64(n), text: strconv.FormatInt(int64(n), 10)}
}

// Value is a number in a unit, of n; the number policy decides how, and whether,
// it is told. A count is always told.
func Value(v float64, unit string, n int64) Cell {
	if unit != "count" && !Rated(n) {
		return None
	}
	return Told(v, unit, n)
}

// Told is a number in a unit, of n, that some other rule allows to be told: the
// minimum of an indicator. It is marked where n is small.
func Told(v float64, unit string, n int64) Cell {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return None
	}
	return Cell{kind: realCell, value: v, unit: unit, n: n}
}

// Share is a share of n, under the number policy.
func Share(v float64, n int64) Cell { return Value(v, "share", n) }

// Real is a number that the policy for rates does not concern.
func Real(v float64, unit string) Cell {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return None
	}
	return Cell{kind: realCell, value: v, unit: unit, n: decimalFrom - 1}
}

// ToldOf is an estimate of an indicator where it exists: the indicator's own
// minimum has decided on that.
func ToldOf(o statistics.Optional, unit string, n int64) Cell {
	if !o.Exists {
		return None
	}
	return Told(o.Value, unit, n)
}

// At is an instant.
func At(t time.Time) Cell {
	if t.IsZero() {
		return None
	}
	return Cell{kind: instantCell, at: t}
}

// OnDay is a civil day in the zone of the instant.
func OnDay(t time.Time) Cell {
	if t.IsZero() {
		return None
	}
	return Cell{kind: dayCell, at: t}
}

// Truth is yes or no.
func Truth(b bool) Cell { return Cell{kind: truthCell, text: strconv.FormatBool(b)} }

// List is several cells in one.
func List(cells ...Cell) Cell {
	if len(cells) == 0 {
		return None
	}
	return Cell{kind: listCell, list: cells}
}

// Texts is a list of texts.
func Texts(list []string) Cell {
	cells := make([]Cell, len(list))
	for i, s := range list {
		cells[i] = Text(s)
	}
	return List(cells...)
}

// number reports whether a cell is set to the right.
func (c *Cell) number() bool { return c.kind == countCell || c.kind == realCell }

// read is the cell for people.
func (c *Cell) read(lang string, zone *time.Location) string {
	switch c.kind {
	case textCell:
		return c.text
	case wordCell:
		return c.word.In(lang)
	case countCell:
		return Count(int64(c.value))
	case realCell:
		return told(c.value, c.unit, c.n, lang)
	case instantCell:
		return Instant(c.at, zone)
	case dayCell:
		return c.at.Format("02/01/2006")
	case truthCell:
		return map[string]law.Text{"true": Say("sí", "yes"), "false": Say("no", "no")}[c.text].In(lang)
	case listCell:
		parts := make([]string, len(c.list))
		for i := range c.list {
			parts[i] = c.list[i].read(lang, zone)
		}
		return strings.Join(parts, ", ")
	}
	return nothing
}

// plain is the cell as text for programs.
func (c *Cell) plain(lang string) string {
	switch c.kind {
	case textCell, countCell, truthCell:
		return c.text
	case wordCell:
		if c.text == "" {
			return c.word.In(lang)
		}
		return c.text
	case realCell:
		return decimal(c.value, c.unit)
	case instantCell:
		return event.FormatInstant(c.at)
	case dayCell:
		return c.at.Format(time.DateOnly)
	case listCell:
		parts := make([]string, len(c.list))
		for i := range c.list {
			parts[i] = c.list[i].plain(lang)
		}
		return strings.Join(parts, " ")
	}
	return ""
}

// decimal writes a number for programs: counts whole, all else with six decimals.
func decimal(v float64, unit string) string {
	if unit == "count" && v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 6, 64)
}

// json is the cell as a JSON value: numbers are numbers, no value is null.
func (c *Cell) json(lang string) ([]byte, error) {
	switch c.kind {
	case none:
		return []byte("null"), nil
	case countCell, truthCell:
		return []byte(c.text), nil
	case realCell:
		return json.Marshal(math.Round(1e6*c.value) / 1e6)
	case listCell:
		var parts []string
		for i := range c.list {
			part, err := c.list[i].json(lang)
			if err != nil {
				return nil, err
			}
			parts = append(parts, string(part))
		}
		return []byte("[" + strings.Join(parts, ",") + "]"), nil
	}
	return marshal(c.plain(lang))
}
