package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// most is the share of a column's cells that decides what it is.
const most = 0.9

// mostly reports whether most cells of a column are something.
func (c *InspectedColumn) mostly(n int) bool {
	return c.Filled > 0 && float64(n) >= most*float64(c.Filled)
}

// layout is how a column writes instants, "" where it has none.
func (c *InspectedColumn) layout() string {
	for _, form := range knownLayouts {
		if c.mostly(c.layouts[form]) {
			return form
		}
	}
	return ""
}

func (c *InspectedColumn) ubigeo() bool {
	return strings.Contains(strings.ToLower(c.Name), "ubigeo") && c.mostly(c.short+c.long)
}

// mayBePersonal is a column of which cells are shaped like personal data, or that
// is named like it.
func (c *InspectedColumn) mayBePersonal() bool {
	return 3*c.personal > c.Filled || c.named("dni", "nombre", "apellido", "name", "teléfono", "telefono", "phone", "correo", "mail", "dirección", "direccion", "address", "documento", "víctima", "victima", "denunciad", "agresor") &&
		!strings.HasSuffix(strings.ToLower(c.Name), "concept:name")
}

// freeText is a column of sentences.
func (c *InspectedColumn) freeText() bool { return c.Filled > 0 && c.words > 4*c.Filled }

func (c *InspectedColumn) named(parts ...string) bool {
	name := strings.ToLower(c.Name)
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(name, part) })
}

// few reports whether a column has few values, that come again.
func (c *InspectedColumn) few() bool {
	return len(c.values) > 1 && 2*len(c.values) <= c.Filled
}

// guess is what the columns are taken for; nil for what was not found.
type guess struct{ subject, id, kind, time, recorded *InspectedColumn }

func (in *Inspection) guess() guess {
	var g guess
	find := func(wanted func(*InspectedColumn) bool) *InspectedColumn {
		for _, c := range in.Columns {
			if wanted(c) && c != g.subject && c != g.id && c != g.kind && c != g.time {
				return c
			}
		}
		return nil
	}
	exactly := func(names ...string) func(*InspectedColumn) bool {
		return func(c *InspectedColumn) bool { return slices.Contains(names, strings.ToLower(c.Name)) }
	}
	either := func(tests ...func(*InspectedColumn) bool) *InspectedColumn {
		for _, test := range tests {
			if c := find(test); c != nil {
				return c
			}
		}
		return nil
	}
	g.subject = either(exactly("case:concept:name", "case", "caso", "case_id", "expediente", "subject"),
		func(c *InspectedColumn) bool { return c.named("case", "caso", "expediente") && !c.freeText() },
		func(c *InspectedColumn) bool { return c.named("dni", "documento") })
	g.kind = either(exactly("concept:name", "activity", "actividad", "acto", "evento", "event", "type"),
		func(c *InspectedColumn) bool {
			return c.named("activ", "acto", "evento", "etapa", "estado", "type", "tipo") && c.few() && !c.mayBePersonal()
		})
	written := func(c *InspectedColumn) bool { return c.layout() != "" }
	g.time = either(exactly("time:timestamp"), func(c *InspectedColumn) bool { return written(c) && !c.named("regis", "record", "entered") }, written)
	g.recorded = either(func(c *InspectedColumn) bool { return written(c) && c.named("regis", "record", "entered") })
	g.id = either(func(c *InspectedColumn) bool {
		return !c.again && c.Filled == in.Rows && c.named("id", "número", "numero", "number", "nro") && !c.mayBePersonal() && c.layout() == ""
	})
	return g
}

// Mapping proposes a mapping of what was inspected, in YAML, for a person to read
// and correct. It names no value of a column that may hold personal data, nor any
// that came once.
func (in *Inspection) Mapping() string {
	g := in.guess()
	var b strings.Builder
	fmt.Fprintf(&b, "# Proposed from the first %d rows of %s. Read each line, correct it, and try it:\n#   amparo import FILE --map THIS --dry-run\n", in.Rows, in.Name)
	in.writeFormat(&b)
	b.WriteString("source: urn:example:registry          # who recorded the events; say it\n")
	in.writeSubject(&b, g)
	in.writeID(&b, g)
	in.writeType(&b, g)
	in.writeTime(&b, "time", g.time)
	if g.recorded != nil {
		in.writeTime(&b, "recorded", g.recorded)
	}
	in.writeRest(&b, g)
	return b.String()
}

func (in *Inspection) writeFormat(b *strings.Builder) {
	var parts []string
	if in.comma != 0 && in.comma != ',' && in.comma != '\t' {
		parts = append(parts, "comma: "+strconv.Quote(string(in.comma)))
	}
	if in.encoding != "" {
		parts = append(parts, "encoding: "+in.encoding)
	}
	if in.sheet != "" {
		parts = append(parts, "sheet: "+strconv.Quote(in.sheet))
	}
	if len(parts) > 0 {
		fmt.Fprintf(b, "format: {%s}\n", strings.Join(parts, ", "))
	}
}

func (in *Inspection) writeSubject(b *strings.Builder, g guess) {
	switch {
	case g.subject == nil:
		b.WriteString("subject: {constant: unit-1}           # no column looks like a case; name one with column\n")
	case g.subject.mayBePersonal():
		fmt.Fprintf(b, "subject: {column: %q, pseudonym: true}    # looks like personal data; needs --pseudonym-key-file\n", g.subject.Name)
	default:
		fmt.Fprintf(b, "subject: {column: %q}\n", g.subject.Name)
	}
}

func (in *Inspection) writeID(b *strings.Builder, g guess) {
	if g.id != nil {
		fmt.Fprintf(b, "id: {column: %q}\n", g.id.Name)
		return
	}
	var of []string
	for _, c := range []*InspectedColumn{g.kind, g.time} {
		if c != nil {
			of = append(of, strconv.Quote(c.Name))
		}
	}
	if len(of) == 0 {
		b.WriteString("id: {row: true}                       # only where the file never changes\n")
		return
	}
	fmt.Fprintf(b, "id: {hash: [%s], number: true}    # no column has an id of its own in each row\n", strings.Join(of, ", "))
}

func (in *Inspection) writeType(b *strings.Builder, g guess) {
	if g.kind == nil {
		b.WriteString("type: {constant: report.received}     # no column looks like an activity; say which event a row is\n")
		return
	}
	fmt.Fprintf(b, "type:\n  column: %q\n  values: {}                          # activity: event type, as in amparo's catalogue\n", g.kind.Name)
	if g.kind.values == nil || g.kind.mayBePersonal() {
		return
	}
	b.WriteString("skip:                                 # move each activity that counts to type.values\n")
	order := slices.SortedFunc(maps.Keys(g.kind.values), func(a, b string) int {
		return cmp.Or(g.kind.values[b]-g.kind.values[a], cmp.Compare(a, b))
	})
	shown := 0
	for _, value := range order {
		if n := g.kind.values[value]; n > 1 && len(value) <= 60 {
			fmt.Fprintf(b, "  - %-34s # %d rows\n", strconv.Quote(value), n)
			shown++
		}
	}
	if shown == 0 {
		b.WriteString("  []\n")
	}
}

func (in *Inspection) writeTime(b *strings.Builder, key string, c *InspectedColumn) {
	if c == nil {
		fmt.Fprintf(b, "%s: {column: WHEN, zone: America/Lima}    # no column reads as an instant; name it, with layouts\n", key)
		return
	}
	more := ""
	if form := c.layout(); form != "" {
		more = fmt.Sprintf(", layouts: [%q]", form)
		if form == knownLayouts[0] {
			more = ""
		}
	}
	if key == "recorded" && c.Filled < in.Rows {
		more += ", optional: true"
	}
	fmt.Fprintf(b, "%s: {column: %q, zone: America/Lima%s}\n", key, c.Name, more)
}

// writeRest writes the data, and says of every other column why it is left out.
func (in *Inspection) writeRest(b *strings.Builder, g guess) {
	var data, clean, out []string
	for _, c := range in.Columns {
		if c == g.subject || c == g.id || c == g.kind || c == g.time || c == g.recorded {
			continue
		}
		switch {
		case c.Filled == 0:
			out = append(out, fmt.Sprintf("#   %q: empty", c.Name))
		case c.ubigeo():
			data = append(data, fmt.Sprintf("  ubigeo: {column: %q%s}", c.Name, in.optional(c)))
			if c.short > 0 {
				clean = append(clean, fmt.Sprintf("  %q: {pad: %d}", c.Name, ubigeoDigits))
			}
		case c.mayBePersonal():
			out = append(out, fmt.Sprintf("#   %q: may be personal data; leave it out", c.Name))
		case c.freeText():
			out = append(out, fmt.Sprintf("#   %q: free text; leave it out", c.Name))
		default:
			out = append(out, fmt.Sprintf("#   %q: %s, filled in %d of %d rows", c.Name, c.what(), c.Filled, in.Rows))
		}
	}
	if len(clean) > 0 {
		b.WriteString("clean:\n" + strings.Join(clean, "\n") + "\n")
	}
	if len(data) > 0 {
		b.WriteString("data:\n" + strings.Join(data, "\n") + "\n")
	}
	if len(out) > 0 {
		b.WriteString("# Not read. To use one, name it under data, as field: {column: NAME}:\n" + strings.Join(out, "\n") + "\n")
	}
}

func (in *Inspection) optional(c *InspectedColumn) string {
	if c.Filled < in.Rows {
		return ", optional: true"
	}
	return ""
}

// what says what a column holds.
func (c *InspectedColumn) what() string {
	switch {
	case c.layout() != "":
		return "an instant (" + c.layout() + ")"
	case c.mostly(c.numbers):
		return "numbers"
	case c.few():
		return fmt.Sprintf("%d different values", len(c.values))
	}
	return "texts"
}
