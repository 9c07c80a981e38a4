package importer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/law"
)

func TestMappingsThatCannotBeUsed(t *testing.T) {
	for _, test := range []struct{ name, old, new, want string }{
		{"empty", plain, "", "map.yaml:1: the mapping is empty"},
		{"a comment alone", plain, "# nothing", "map.yaml:1: the mapping is empty"},
		{"not a map", plain, "\n- a", "map.yaml:2: "},
		{"broken YAML", "subject: {column: case}", "subject: {column: case", "map.yaml:5: ',' or '}' must be specified"},
		{"an unknown key", "subject: {column: case}", "subject: {colum: case}", `map.yaml:4: unknown field "colum"`},
		{"a key twice", "skip: [Note]", "skip: [Note]\nskip: []", `map.yaml:10: mapping key "skip" already defined at [9:1]`},
		{"no source", "source: urn:test:registry", "", "map.yaml:1: source: expected who recorded the events, a URI reference without spaces such as urn:pe:registry"},
		{"a source with spaces", "urn:test:registry", "the registry", "map.yaml:3: source: expected who"},
		{"no subject", "subject: {column: case}", "", "map.yaml:1: subject: give either column or constant"},
		{"two subjects", "subject: {column: case}", "subject: {column: case, constant: c-1}", "map.yaml:4: subject: give either column or constant"},
		{"a subject with values", "subject: {column: case}", "subject: {column: case, values: {a: b}}", "map.yaml:4: subject: a subject takes column or constant alone"},
		{"no id", "id: {column: number}", "id: {row: false}", "map.yaml:5: id: give exactly one of column, hash (a list of columns) and row: true"},
		{"two ids", "id: {column: number}", "id: {column: number, row: true}", "map.yaml:5: id: give exactly one"},
		{"a number without a hash", "id: {column: number}", "id: {column: number, number: true}", "map.yaml:5: id: number tells rows of one hash apart; give hash with it"},
		{"an activity without a type", "Decision: measures.decided", `Decision: ""`, `map.yaml:8: type.values: "Decision" has no event type; to leave the activity out, put it under skip`},
		{"an activity in both lists", "skip: [Note]", "skip: [Report]", `map.yaml:9: skip: "Report" is also in type.values; leave it in one of them`},
		{"a constant type with values", "column: activity", "constant: activity", "map.yaml:6: type: a constant type leaves no activities to map or to skip"},
		{"a type that no row has", "report.received:\n", "report.recieved:\n", "map.yaml:15: types.report.recieved: no row becomes an event of type report.recieved"},
		{"no time", "time: {column: when, zone: America/Lima}", "", "map.yaml:1: time: time is missing: say when the events happened, with column or constant"},
		{"an optional time", "zone: America/Lima", "zone: America/Lima, optional: true", "map.yaml:10: time.optional: every event has a time"},
		{"a time by column and constant", "column: when,", "column: when, constant: 2024-03-01,", "map.yaml:10: time: give either column or constant"},
		{"a constant that is no time", "column: when,", "constant: soon,", "map.yaml:10: time.constant: the text fits no layout of the mapping"},
		{"an unknown zone", "America/Lima", "Lima", "map.yaml:10: time.zone: the zone is not in the tz database; expected a name such as America/Lima"},
		{"an unknown precision", "zone: America/Lima", "zone: America/Lima, precision: hour", "map.yaml:10: time.precision: expected day, or nothing where the hour is known"},
		{"a layout in letters", "zone: America/Lima", "zone: America/Lima, layouts: [DD/MM/YYYY]", `map.yaml:10: time.layouts: "DD/MM/YYYY" does not write a date; write 2 January 2006, 15:04:05 as the file does, such as 02/01/2006 15:04`},
		{"a layout without the month", "zone: America/Lima", "zone: America/Lima, layouts: [02/2006]", `map.yaml:10: time.layouts: "02/2006" does not write a date`},
		{"a layout with an ambiguous zone", "zone: America/Lima", `zone: America/Lima, layouts: ["2006-01-02 15:04 MST"]`, `"2006-01-02 15:04 MST" does not write a date`},
		{"a layout without zone", "zone: America/Lima", `layouts: ["2006-01-02 15:04"]`, `map.yaml:10: time.layouts: "2006-01-02 15:04" has no offset; add a zone such as America/Lima`},
		{"a precision of the entry", "optional: true}\ndata", "optional: true, precision: day}\ndata", "map.yaml:11: recorded.precision: precision is about time; leave it out here"},
		{"a field without anything", `{constant: "040101"}`, "{}", "map.yaml:13: data.ubigeo: give either column or constant"},
		{"a constant with a type", `{constant: "040101"}`, `{constant: "040101", type: text}`, "map.yaml:13: data.ubigeo: a constant stands as it is written; leave out the other keys"},
		{"a constant that is a map", `{constant: "040101"}`, "{constant: {a: b}}", "map.yaml:13: data.ubigeo.constant: expected text, a number, true or false, or a list of texts"},
		{"a constant of nested lists", `{constant: "040101"}`, "{constant: [[a]]}", "map.yaml:13: data.ubigeo.constant: expected text"},
		{"an unknown type of field", "type: bool", "type: boolean", "map.yaml:18: types.report.received.data.urgent.type: expected text, number, bool, list, instant or day"},
		{"a separator without a list", "type: bool", "type: bool, separator: x", "map.yaml:18: types.report.received.data.urgent.separator: only a list has a separator; add type: list"},
		{"a field named precision", "ubigeo:", "precision:", "map.yaml:13: data.precision: the precision follows from time; see time.precision"},
		{"a separator of two characters", "sheet: Cases", `comma: ";;"`, `map.yaml:2: format.comma: expected the one character that separates cells, such as ";" or "\t"`},
		{"a quotation mark as separator", "sheet: Cases", `comma: '"'`, "map.yaml:2: format.comma: "},
		{"an unknown encoding", "sheet: Cases", "encoding: latin", "map.yaml:2: format.encoding: expected utf-8, windows-1252 or iso-8859-1"},
		{"a header before the file", "sheet: Cases", "header: -1", "map.yaml:2: format.header: expected the number of the row with the column names, from 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(plain, test.old) {
				t.Fatalf("the mapping has no %q to replace", test.old)
			}
			_, err := LoadMapping("map.yaml", strings.NewReader(strings.Replace(plain, test.old, test.new, 1)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %s", err, test.want)
			}
			if located, ok := errors.AsType[*law.FileError](err); !ok || located.Line == 0 {
				t.Errorf("%v names no line", err)
			}
		})
	}
	t.Run("all errors at once", func(t *testing.T) {
		_, err := LoadMapping("map.yaml", strings.NewReader("source: urn:a"))
		want := "map.yaml:1: subject: give either column or constant\n" +
			"map.yaml:1: time: time is missing: say when the events happened, with column or constant\n" +
			"map.yaml:1: type: give either column or constant\n" +
			"map.yaml:1: id: give exactly one of column, hash (a list of columns) and row: true"
		if err == nil || err.Error() != want {
			t.Errorf("got:\n%v\nwant:\n%s", err, want)
		}
	})
	t.Run("that cannot be read", func(t *testing.T) {
		broken := errors.New("the disk is gone")
		if _, err := LoadMapping("map.yaml", iotest.ErrReader(broken)); !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	})
}

func TestTimesAreReadAsWritten(t *testing.T) {
	for _, test := range []struct{ name, rule, text, want string }{
		{"RFC 3339", "{column: t}", "2024-03-01T10:15:00.25-05:00", "2024-03-01T10:15:00.25-05:00"},
		{"an offset after a blank", "{column: t}", "2005-03-23 00:00:00+01:00", "2005-03-23T00:00:00+01:00"},
		{"no offset, in the zone", "{column: t, zone: America/Lima}", "2024-03-01 10:15:00", "2024-03-01T10:15:00-05:00"},
		{"the offset of the text before the zone", "{column: t, zone: America/Lima}", "2024-03-01T10:15:00Z", "2024-03-01T10:15:00Z"},
		{"no offset and no zone", "{column: t}", "2024-03-01T10:15:00", "bad-time in time: column t: the text has no offset; give the mapping a zone such as America/Lima"},
		{"finer than events are", "{column: t}", "2024-03-01T10:15:00.123456789Z", "2024-03-01T10:15:00.123Z"},
		{"a date", "{column: t, zone: Europe/Rome}", "2024-07-01", "2024-07-01T00:00:00+02:00 day"},
		{"a midnight that means a date", "{column: t, precision: day}", "2005-03-23 00:00:00+01:00", "2005-03-23T00:00:00+01:00 day"},
		{"the day before the month", `{column: t, zone: America/Lima, layouts: ["02/01/2006 15:04", 02/01/2006]}`, "03/02/2024 09:05", "2024-02-03T09:05:00-05:00"},
		{"the second of two layouts, by day", `{column: t, zone: America/Lima, layouts: ["02/01/2006 15:04", 02/01/2006]}`, "03/02/2024", "2024-02-03T00:00:00-05:00 day"},
		{"a layout takes the place of the usual ones", "{column: t, zone: America/Lima, layouts: [02/01/2006]}", "2024-03-01", "bad-time in time: column t: the text fits no layout of the mapping"},
		{"no such day", "{column: t}", "2023-02-29T00:00:00Z", "bad-time in time: column t: the text fits no layout of the mapping"},
		{"a number outside of workbooks", "{column: t, zone: America/Lima}", "45352.5", "bad-time in time: column t: the text fits no layout of the mapping"},
		{"one for all rows", "{constant: 2020-03-01, zone: America/Lima}", "x", "2020-03-01T00:00:00-05:00 day"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := mapping(t, "{source: urn:a, subject: {column: t2}, id: {row: true}, type: {constant: a.b}, time: "+test.rule+"}")
			r := row{cells: []string{test.text, test.text}, columns: []string{"t", "t"}}
			when, ok, err := m.time.read(&r, "time")
			got := when.at.Format(instant)
			switch {
			case err != nil:
				got = err.Error()
			case !ok:
				got = "none"
			case when.byDay:
				got += " day"
			}
			if got != test.want {
				t.Errorf("read %s, want %s", got, test.want)
			}
		})
	}
}

func TestConstantsAndPlainTypes(t *testing.T) {
	m := mapping(t, `
source: urn:test:units
subject: {constant: unit-7}
id: {row: true}
type: {column: type}
time: {constant: "2024-03-01T10:15:00-05:00"}
data:
  beds: {constant: 12}
  share: {constant: 0.5}
  open_24h: {constant: false}
  programmes: {constant: [recovery, shelter]}
  yes: {column: answer, type: bool, values: {yes: true, no: false, 2: "", "null": ""}, optional: true}
  note: {column: type}
types:
  unit.closed:
    data: {note: {constant: replaced}}
`)
	got := run(t, "a.csv", strings.NewReader("type,answer\nunit.reported,no\nunit.closed,2\nunit.closed,null\n"), m)
	const event = `{"specversion":"1.0","id":"row-%d","source":"urn:test:units","type":"%s","subject":"unit-7","time":"2024-03-01T10:15:00-05:00",` +
		`"data":{"beds":12,"note":"%s","open_24h":false,"programmes":["recovery","shelter"],"share":0.5%s}}`
	same(t, got, outcome{Events: []string{
		"2: " + fmt.Sprintf(event, 1, "unit.reported", "unit.reported", `,"yes":false`),
		"3: " + fmt.Sprintf(event, 2, "unit.closed", "replaced", ""),
		"4: " + fmt.Sprintf(event, 3, "unit.closed", "replaced", ""),
	}})
}

const hashed = `
source: urn:test:payments
subject: {column: case}
id: {hash: [what, when, sum]%s}
type: {constant: payment.made}
time: {column: when, zone: Europe/Rome}
data: {note: {column: note, optional: true}}
`

func TestIDsAreStable(t *testing.T) {
	m := mapping(t, fmt.Sprintf(hashed, ", number: true"))
	head := "case,what,when,sum,note\n"
	a, b, c := "c-1,pay,2024-03-01,35,x\n", "c-1,pay,2024-03-01,40,x\n", "c-2,pay,2024-03-01,35,x\n"
	idsOf := func(m *Mapping, rows ...string) []string {
		return ids(t, run(t, "a.csv", strings.NewReader(head+strings.Join(rows, "")), m))
	}
	plainly := idsOf(m, a, b, c)
	t.Run("they differ by column and by subject", func(t *testing.T) {
		if plainly[0] == plainly[1] || plainly[0] == plainly[2] {
			t.Errorf("ids %q are not apart", plainly)
		}
	})
	t.Run("another order gives the same ones", func(t *testing.T) {
		if got := idsOf(m, c, b, a); got[2] != plainly[0] || got[1] != plainly[1] || got[0] != plainly[2] {
			t.Errorf("ids %q, want %q turned round", got, plainly)
		}
	})
	t.Run("another way to write an instant or a number gives the same ones", func(t *testing.T) {
		got := idsOf(m, "c-1,pay,2024-02-29T23:00:00Z,35.00,x\n")
		if got[0] != plainly[0] {
			t.Errorf("id %s, want %s", got[0], plainly[0])
		}
	})
	t.Run("columns that are not named do not matter", func(t *testing.T) {
		if got := idsOf(m, strings.Replace(a, ",x", ",y", 1)); got[0] != plainly[0] {
			t.Errorf("id %s, want %s", got[0], plainly[0])
		}
	})
	t.Run("equal rows are numbered", func(t *testing.T) {
		want := []string{plainly[0], plainly[2], plainly[0] + ".2", plainly[0] + ".3"}
		if diff := cmp.Diff(want, idsOf(m, a, c, a, a)); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
	})
	t.Run("or are one where the mapping does not number", func(t *testing.T) {
		m := mapping(t, fmt.Sprintf(hashed, ""))
		if diff := cmp.Diff([]string{plainly[0], plainly[0]}, idsOf(m, a, a)); diff != "" {
			t.Errorf("ids (-want +got):\n%s", diff)
		}
	})
	t.Run("parts do not run into each other", func(t *testing.T) {
		got := idsOf(m, "c-1,pay,2024-03-01,x1,\n", "c-1,payx,2024-03-01,1,\n")
		if got[0] == got[1] {
			t.Errorf("two rows have the id %s", got[0])
		}
	})
	t.Run("their number is bounded", func(t *testing.T) {
		n := &numbering{seen: map[uint64]uint32{}, limit: 2}
		var errs []error
		for _, key := range []uint64{1, 2, 1, 3} {
			_, err := n.next(key)
			errs = append(errs, err)
		}
		if errs[0] != nil || errs[1] != nil || errs[2] != nil || errs[3] == nil {
			t.Errorf("errors %v, want one for the third key alone", errs)
		}
	})
}

// Instants and days in the data are read like the time: as the file writes them.
func TestFieldsThatHoldInstantsAndDays(t *testing.T) {
	const head = "source: urn:x\nsubject: {column: case}\nid: {column: n}\ntype: {constant: a.b}\ntime: {constant: 2024-01-01, zone: America/Lima}\ndata:\n"
	for name, tt := range map[string]struct{ field, cell, want, refused string }{
		"an instant with an offset":    {"{column: v, type: instant}", "2011-12-06 13:41:31.788000+01:00", "2011-12-06T13:41:31.788+01:00", ""},
		"an instant in a zone":         {"{column: v, type: instant, layouts: [\"02/01/2006 15:04\"], zone: America/Lima}", "31/12/2025 08:30", "2025-12-31T08:30:00-05:00", ""},
		"a day":                        {"{column: v, type: day, layouts: [02/01/2006], zone: America/Lima}", "31/12/2025", "2025-12-31", ""},
		"the day of an instant":        {"{column: v, type: day}", "2025-12-31T23:30:00-05:00", "2025-12-31", ""},
		"an instant without its hour":  {"{column: v, type: instant, zone: America/Lima}", "2025-12-31", "", "a day without an hour"},
		"an instant without an offset": {"{column: v, type: instant}", "2025-12-31T08:30:00", "", "give the mapping a zone"},
		"no instant":                   {"{column: v, type: instant}", "tomorrow", "", "fits no layout"},
		"none":                         {"{column: v, type: instant, optional: true}", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := LoadMapping("m.yaml", strings.NewReader(head+"  due: "+tt.field))
			if err != nil {
				t.Fatal(err)
			}
			for raw, err := range Events(t.Context(), "x.csv", strings.NewReader("case,n,v\nc-1,1,"+tt.cell+"\n"), m) {
				switch {
				case tt.refused != "":
					if err == nil || !strings.Contains(err.Error(), "data.due") || !strings.Contains(err.Error(), tt.refused) {
						t.Errorf("got %v", err)
					}
				case err != nil:
					t.Error(err)
				case tt.want != "" && !strings.Contains(string(raw.Bytes), `"due":"`+tt.want+`"`), tt.want == "" && strings.Contains(string(raw.Bytes), "due"):
					t.Errorf("got %s, want %s", raw.Bytes, tt.want)
				}
			}
		})
	}
	if _, err := LoadMapping("m.yaml", strings.NewReader(head+"  due: {column: v, zone: America/Lima}")); err == nil || !strings.Contains(err.Error(), "add type: instant") {
		t.Errorf("a zone of a text: %v", err)
	}
}
