package importer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A cleaning makes the cells of one column clean.
type cleaning struct {
	column int
	rule   cleanFile
}

// apply gives the clean cell: trimmed, in one case, empty where it says nothing,
// another value, filled with zeros; in this order.
func (c *cleaning) apply(text string) string {
	text = strings.Trim(text, " \t"+c.rule.Trim)
	switch c.rule.Case {
	case "upper":
		text = strings.ToUpper(text)
	case "lower":
		text = strings.ToLower(text)
	}
	if slices.Contains(c.rule.Empty, text) {
		return ""
	}
	if value, ok := c.rule.Values[text]; ok {
		text = value
	}
	if missing := c.rule.Pad - len(text); missing > 0 && text != "" && strings.Trim(text, "0123456789") == "" {
		text = strings.Repeat("0", missing) + text
	}
	return text
}

// maxPad is the most digits that a column is filled up to.
const maxPad = 32

func (c *compiler) cleaning(files map[string]cleanFile) {
	for _, name := range sortedKeys(files) {
		rule := files[name]
		where := "clean." + name
		if rule.Case != "" && rule.Case != "upper" && rule.Case != "lower" {
			c.wrong(where+".case", "expected upper or lower")
		}
		if rule.Pad < 0 || rule.Pad > maxPad {
			c.wrong(where+".pad", "expected how many digits there are, up to %d", maxPad)
		}
		for _, list := range [][]string{rule.Empty, slices.Collect(maps.Keys(rule.Values))} {
			for _, text := range list {
				if (&cleaning{rule: cleanFile{Trim: rule.Trim, Case: rule.Case}}).apply(text) != text {
					c.wrong(where, "%q is never met: trim and case are applied before", text)
				}
			}
		}
		c.m.clean = append(c.m.clean, cleaning{c.column(name), rule})
	}
}

// A condition asks something of one column.
type condition struct {
	column  int
	is, not []string
	empty   *bool
}

func (c *condition) holds(r *row) bool {
	text := r.cells[c.column]
	switch {
	case c.empty != nil:
		return (text == "") == *c.empty
	case c.is != nil:
		return slices.Contains(c.is, text)
	}
	return !slices.Contains(c.not, text)
}

func (c *compiler) conditions(where string, files []conditionFile) []condition {
	var out []condition
	for i, f := range files {
		ways := 0
		for _, given := range []bool{len(f.Is) > 0, len(f.Not) > 0, f.Empty != nil} {
			if given {
				ways++
			}
		}
		if f.Column == "" || ways != 1 {
			c.wrong(fmt.Sprintf("%s.%d", where, i), "expected a column and one of is (a list), not (a list) and empty (true or false)")
			continue
		}
		out = append(out, condition{c.column(f.Column), f.Is, f.Not, f.Empty})
	}
	return out
}

// several compiles the events of a row, each as a mapping of its own over the same
// columns.
func (c *compiler) several(f *mappingFile) {
	if f.Type.Column != "" || f.Type.Constant != "" || len(f.Skip) > 0 || len(f.Types) > 0 {
		c.wrong("events", "each of the events has its type; leave out type, types and skip beside them")
	}
	names := map[string]bool{}
	for i := range f.Events {
		e := &f.Events[i]
		where := fmt.Sprintf("events.%d", i)
		if e.Name == "" || names[e.Name] || strings.ContainsAny(e.Name, " \t\n") {
			c.wrong(where, "expected a name of its own without spaces: it is part of the id of the event")
		}
		names[e.Name] = true
		one := *f
		one.Type, one.Skip = e.Type, e.Skip
		if e.Time != nil {
			one.Time = e.Time
		}
		if e.Recorded != nil {
			one.Recorded = e.Recorded
		}
		one.Data = map[string]fieldFile{}
		for _, data := range []map[string]fieldFile{f.Data, e.Data} {
			maps.Copy(one.Data, data)
		}
		part := &compiler{m: &Mapping{source: c.m.source, subject: c.m.subject, pseudonym: c.m.pseudonym, columns: c.m.columns}, name: c.name, doc: c.doc, at: where + "."}
		part.event(&one)
		part.m.name, part.m.when = e.Name, part.conditions("when", e.When)
		c.m.columns, c.errs = part.m.columns, append(c.errs, part.errs...)
		c.m.parts = append(c.m.parts, part.m)
	}
}

// numbers compiles what concerns numbers alone.
func (c *compiler) numbers(where string, out *field, f *fieldFile) {
	out.decimal, out.factor = f.Decimal, f.Factor
	if f.Factor < 0 {
		c.wrong(where+".factor", "expected a number above zero")
	}
	if f.Decimal != "" && f.Decimal != "," && f.Decimal != "." {
		c.wrong(where+".decimal", `expected "," or "."`)
	}
	if (f.Decimal != "" || f.Factor != 0) && out.kind != numberField {
		c.wrong(where, "decimal and factor are of numbers; add type: number")
	}
}

// number reads a number as the file writes it, in the unit of the event.
func (f *field) number(text string) (float64, bool) {
	if f.decimal == "," {
		text = strings.ReplaceAll(strings.ReplaceAll(text, ".", ""), ",", ".")
	}
	n, ok := number(text)
	if ok && f.factor != 0 {
		n *= f.factor
	}
	return n, ok
}

// pseudonymDigits is the length of a pseudonym.
const pseudonymDigits = 32

// pseudonymOf is the pseudonym of a value under a key. Letters stand for the digits,
// so that no pseudonym is taken for a document number.
func pseudonymOf(key []byte, value string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(value))
	return "p-" + strings.Map(func(digit rune) rune {
		if digit >= 'a' {
			return digit - 'a' + 'k'
		}
		return digit - '0' + 'a'
	}, hex.EncodeToString(h.Sum(nil))[:pseudonymDigits])
}
