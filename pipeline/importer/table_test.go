package importer

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

const (
	first  = `{"specversion":"1.0","id":"1","source":"urn:test:registry","type":"report.received","subject":"c-1","time":"2024-03-01T10:15:00-05:00","recordedtime":"2024-03-01T10:40:00-05:00","data":{"age":31.5,"channel":"police","ubigeo":"040101","urgent":true,"violence":["physical","economic"]}}`
	second = `{"specversion":"1.0","id":"2","source":"urn:test:registry","type":"measures.decided","subject":"c-1","time":"2024-03-02T00:00:00-05:00","data":{"precision":"day","ubigeo":"040101"}}`
)

func TestTextRowsBecomeEvents(t *testing.T) {
	rows := header +
		`c-1, 1 ,Report,2024-03-01 10:15:00,2024-03-01T10:40:00-05:00,Comisaría,TRUE,physical + economic,31.50,"Quispe, Ana"` + "\n" +
		`c-1,2,Decision,2024-03-02,,,,,,"said ""no""` + "\n" + `twice"` + "\n" +
		"c-1,3,Note,,,,,,,\n" +
		",,,,,,,,,\n" +
		"c-1,4,Decision,2024-03-02,,,,,,\n"
	fourth := strings.Replace(second, `"id":"2"`, `"id":"4"`, 1)
	want := outcome{Events: []string{"2: " + first, "3: " + second, "7: " + fourth}}
	m := mapping(t, plain)
	t.Run("with commas", func(t *testing.T) { same(t, run(t, "a.csv", strings.NewReader(rows), m), want) })
	t.Run("with a byte order mark", func(t *testing.T) {
		same(t, run(t, "a.csv", strings.NewReader("\ufeff"+rows), m), want)
	})
	t.Run("with the line ends of Windows", func(t *testing.T) {
		same(t, run(t, "a.csv", strings.NewReader(strings.ReplaceAll(rows, "\n", "\r\n")), m), want)
	})
	t.Run("packed", func(t *testing.T) { same(t, run(t, "A.CSV.GZ", packed(t, rows), m), want) })
	unquoted := strings.NewReplacer(`"Quispe, Ana"`, "", `"said ""no""`+"\n"+`twice"`, "")
	moved := outcome{Events: []string{"2: " + first, "3: " + second, "6: " + fourth}}
	t.Run("with tabs", func(t *testing.T) {
		same(t, run(t, "a.tsv", strings.NewReader(strings.ReplaceAll(unquoted.Replace(rows), ",", "\t")), m), moved)
	})
	t.Run("with semicolons", func(t *testing.T) {
		m := mapping(t, strings.Replace(plain, "{sheet: Cases}", `{comma: ";"}`, 1))
		same(t, run(t, "a.csv", strings.NewReader(strings.ReplaceAll(unquoted.Replace(rows), ",", ";")), m), moved)
	})
	t.Run("in another encoding", func(t *testing.T) {
		m := mapping(t, strings.Replace(plain, "{sheet: Cases}", "{encoding: windows-1252}", 1))
		same(t, run(t, "a.csv", strings.NewReader(strings.ReplaceAll(rows, "í", "\xed")), m), want)
	})
	t.Run("with lines before the header", func(t *testing.T) {
		m := mapping(t, strings.Replace(plain, "{sheet: Cases}", "{header: 2}", 1))
		got := run(t, "a.csv", strings.NewReader("Cases of March\n"+rows), m)
		same(t, got, outcome{Events: []string{"3: " + first, "4: " + second, "8: " + fourth}})
	})
}

func TestRowsThatCannotBeRead(t *testing.T) {
	good := "c-1,9,Decision,2024-03-02,,,,,,\n"
	for _, test := range []struct{ name, row, want string }{
		{"too few cells", "c-1,1,Report", `2: bad-value: the row has 3 cells and the header 10; quote cells that hold the separator`},
		{"too many cells", "c-1,1,Report,2024-03-01,,Comisaría,,,,Quispe, Ana", `2: bad-value: the row has 11 cells and the header 10; quote cells that hold the separator`},
		{"a quotation mark inside", `c-1,1,Report,2024-03-01,,Comis"aría,,,,`, `2: bad-value: a quotation mark is out of place`},
		{"no subject", ",1,Report,2024-03-01,,Comisaría,,,,", `2: missing in subject: the cell of column case is empty`},
		{"no id", "c-1,,Report,2024-03-01,,Comisaría,,,,", `2: missing in id: the cell of column number is empty`},
		{"no activity", "c-1,1,,2024-03-01,,Comisaría,,,,", `2: missing in type: the cell of column activity is empty`},
		{"an activity that is not mapped", "c-1,1,Ana Quispe,2024-03-01,,,,,,", `2: unknown-type in type: the mapping does not know the activity in column activity; add it to type.values, or to skip`},
		{"no time", "c-1,1,Report,,,Comisaría,,,,", `2: missing in time: the cell of column when is empty`},
		{"another time", "c-1,1,Report,1/3/2024,,Comisaría,,,,", `2: bad-time in time: column when: the text fits no layout of the mapping`},
		{"another time of entry", "c-1,1,Report,2024-03-01,soon,Comisaría,,,,", `2: bad-time in recordedtime: column entered: the text fits no layout of the mapping`},
		{"a value that is not mapped", "c-1,1,Report,2024-03-01,,12345678,,,,", `2: bad-value in data.channel: the mapping does not know the value in column via; add it to the values of the field`},
		{"a field that is empty", "c-1,1,Report,2024-03-01,,,,,,", `2: missing in data.channel: the cell of column via is empty; mark the field optional if it may be`},
		{"no boolean", "c-1,1,Report,2024-03-01,,Comisaría,sí,,,", `2: bad-value in data.urgent: column urgent has neither true nor false; map its words with values`},
		{"no number", "c-1,1,Report,2024-03-01,,Comisaría,,,inf,", `2: bad-value in data.age: column age has no number such as 1234.5`},
		{"another encoding", "c-1,\xed,Report,2024-03-01,,Comisaría,,,,", `2: bad-value in id: the cell of column number is not UTF-8; say format.encoding in the mapping`},
		{"another encoding in a list", "c-1,1,Report,2024-03-01,,Comisaría,,\xed,,", `2: bad-value in data.violence: the cell of column kinds is not UTF-8; say format.encoding in the mapping`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := run(t, "a.csv", strings.NewReader(header+test.row+"\n"+good), mapping(t, plain))
			if len(got.Events) != 1 || !strings.HasPrefix(got.Events[0], "3: ") || got.End != "" {
				t.Errorf("the good row after it came out as %+v", got)
			}
			if len(got.Refusals) != 1 || got.Refusals[0] != test.want {
				t.Errorf("refused %q, want %q", got.Refusals, test.want)
			}
		})
	}
}

func TestHeadersThatCannotBeUsed(t *testing.T) {
	for _, test := range []struct{ name, header, want string }{
		{"missing columns", "case,number,activity,when,entered,via,urgent\n", `header in line 1: none of the 7 cells is "age" or "kinds"; check the names in the mapping, and its format.comma and format.header`},
		{"another separator", strings.ReplaceAll(header, ",", ";"), `none of the 1 cells is "case" or `},
		{"a column twice", "via," + header, `the column "via" is there twice; rename one`},
		{"a quotation mark inside", `ca"se,number` + "\n", `a quotation mark is out of place`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := run(t, "a.csv", strings.NewReader(test.header+"x\n"), mapping(t, plain))
			if !strings.Contains(got.End, test.want) || len(got.Events)+len(got.Refusals) > 0 {
				t.Errorf("got %+v, want an end with %q alone", got, test.want)
			}
		})
	}
}

// workbook writes rows into the second sheet of a new workbook.
func workbook(t testing.TB, from1904 bool, rows ...[]any) *bytes.Buffer {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(book.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from1904}))
	_, err := book.NewSheet("Cases")
	must(err)
	must(book.SetCellValue("Sheet1", "A1", "another sheet"))
	for i, row := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		must(err)
		must(book.SetSheetRow("Cases", at, &row))
	}
	var b bytes.Buffer
	must(book.Write(&b))
	return &b
}

func TestWorkbooksAreRead(t *testing.T) {
	var names []any
	for name := range strings.SplitSeq(strings.TrimSpace(header), ",") {
		names = append(names, name)
	}
	m := mapping(t, plain)
	for _, from1904 := range []bool{false, true} {
		t.Run(map[bool]string{false: "with dates since 1900", true: "with dates since 1904"}[from1904], func(t *testing.T) {
			got := run(t, "a.xlsx", workbook(t, from1904,
				names,
				[]any{"c-1", 1, "Report", time.Date(2024, 3, 1, 10, 15, 0, 0, time.UTC), "2024-03-01T10:40:00-05:00", "Comisaría", true, "physical+economic", 31.5, "Quispe, Ana"},
				nil,
				[]any{"c-1", 2, "Decision", time.Date(2024, 3, 2, 0, 0, 0, 0, time.UTC)},
				[]any{"c-1", 3, "Decision", -7},
				[]any{"c-1", 3, "Decision", 1e300},
			), m)
			same(t, got, outcome{
				Events: []string{"2: " + first, "4: " + second},
				Refusals: []string{
					"5: bad-time in time: column when: the number is not a date",
					"6: bad-time in time: column when: the number is not a date",
				},
			})
		})
	}
	t.Run("and need a zone for dates", func(t *testing.T) {
		m := mapping(t, strings.Replace(plain, ", zone: America/Lima", "", 1))
		got := run(t, "a.xlsx", workbook(t, false, names, []any{"c-1", 2, "Decision", 45000}), m)
		want := "2: bad-time in time: column when: dates of a workbook have no offset; give the mapping a zone such as America/Lima"
		same(t, got, outcome{Refusals: []string{want}})
	})
	t.Run("and the sheet must be there", func(t *testing.T) {
		m := mapping(t, strings.Replace(plain, "sheet: Cases", "sheet: Casos", 1))
		same(t, run(t, "a.xlsx", workbook(t, false, names), m),
			outcome{End: `read a.xlsx: the workbook has no sheet "Casos"; it has "Sheet1", "Cases"`})
	})
	t.Run("the first sheet where none is named", func(t *testing.T) {
		m := mapping(t, strings.Replace(plain, "format: {sheet: Cases}", "", 1))
		if got := run(t, "a.xlsx", workbook(t, false, names), m); !strings.Contains(got.End, `none of the 1 cells is "case"`) {
			t.Errorf("got %+v, want the header of Sheet1 refused", got)
		}
	})
}
