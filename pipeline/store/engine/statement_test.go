package engine

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRowsOfAnInsertAreFound(t *testing.T) {
	for _, test := range []struct {
		name, text string
		follow     bool
		want       *insertHead // nil if the statement brings no rows
		rows       string
	}{
		{"select", "SELECT 'INSERT INTO t VALUES'", true, nil, ""},
		{"driver's batch", "INSERT INTO `a`.`values` (a, `format`) FORMAT Native", true,
			&insertHead{sql: "INSERT INTO `a`.`values` (a, `format`) ", format: "Native"}, ""},
		{"binary rows", "insert into t format Native\n\x00)'\"\n", false, &insertHead{sql: "insert into t ", format: "Native"}, "\x00)'\"\n"},
		{"text rows on the same line", "INSERT INTO t FORMAT CSV 1,2", false, &insertHead{sql: "INSERT INTO t ", format: "CSV"}, "1,2"},
		{"blank first line of rows", "INSERT INTO t FORMAT CSV\r\n\n1", false, &insertHead{sql: "INSERT INTO t ", format: "CSV"}, "\n1"},
		{"settings before the format", "INSERT INTO t SETTINGS async_insert=0 FORMAT CSV", true,
			&insertHead{sql: "INSERT INTO t SETTINGS async_insert=0 ", format: "CSV"}, ""},
		{"values", "INSERT INTO t(a)VALUES(1)", false, &insertHead{sql: "INSERT INTO t(a)", format: "Values"}, "(1)"},
		{"comments", "/* SELECT */ INSERT -- FORMAT\n INTO t # VALUES\n VALUES (1)", false,
			&insertHead{sql: "/* SELECT */ INSERT -- FORMAT\n INTO t # VALUES\n ", format: "Values"}, " (1)"},
		{"keyword after a dot", "INSERT INTO db.select VALUES (1)", false, &insertHead{sql: "INSERT INTO db.select ", format: "Values"}, " (1)"},
		{"quote in a quoted name", "INSERT INTO `a\\`VALUES` VALUES (1)", false, &insertHead{sql: "INSERT INTO `a\\`VALUES` ", format: "Values"}, " (1)"},
		{"from select", "INSERT INTO t (a) SELECT 1 FORMAT Null", false, nil, ""},
		{"from with", "INSERT INTO t WITH 1 AS a SELECT a", false, nil, ""},
		{"from a file", "INSERT INTO t FROM INFILE 'VALUES'", false, nil, ""},
		{"into a function", "INSERT INTO FUNCTION file('x', 'CSV', 'VALUES Int') VALUES (1)", false,
			&insertHead{sql: "INSERT INTO FUNCTION file('x', 'CSV', 'VALUES Int') ", format: "Values"}, " (1)"},
		{"no rows", "INSERT INTO t (a)", false, nil, ""},
		{"rows follow a bare head", "INSERT INTO t (a);", true, &insertHead{sql: "INSERT INTO t (a)", format: "Values"}, ""},
		{"no format", "INSERT INTO t FORMAT", true, nil, ""},
		{"open quote", "INSERT INTO 't", false, nil, ""},
		{"empty", "", true, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			head, ok := splitInsert(test.text, test.follow)
			if ok != (test.want != nil) {
				t.Fatalf("brings rows: %v", ok)
			}
			if !ok {
				return
			}
			if rows := test.text[head.rows:]; rows != test.rows {
				t.Errorf("rows %q, want %q", rows, test.rows)
			}
			head.rows = 0
			if diff := cmp.Diff(*test.want, head, cmp.AllowUnexported(insertHead{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzRowsOfAnInsertAreFound(f *testing.F) {
	for _, text := range []string{"INSERT INTO t FORMAT CSV\n1", "INSERT INTO `", "INSERT /*", "INSERT INTO t.", "INSERT ((("} {
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, follow bool) {
		head, ok := splitInsert(text, follow)
		if ok && (head.rows < 0 || head.rows > len(text) || len(head.sql) > head.rows) {
			t.Errorf("%+v of %d bytes", head, len(text))
		}
	})
}

func TestSettingsAndNamesAreQuoted(t *testing.T) {
	if got, want := quoteText(`it's \`), `'it\'s \\'`; got != want {
		t.Errorf("text %s, want %s", got, want)
	}
	if got, want := quoteName("a`\\"), "`a\\`\\\\`"; got != want {
		t.Errorf("name %s, want %s", got, want)
	}
}

func TestExceptionIsParsed(t *testing.T) {
	for _, test := range []struct {
		name, message string
		code          int
	}{
		{"of ClickHouse", "Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)", 60},
		{"wrapped by the library", "Error: Code: 60. DB::Exception: Unknown table. (UNKNOWN_TABLE)", 60},
		{"of the library", "Invalid or closed connection", codeUnknown},
		{"empty", "", codeUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := parseException(test.message); got.Code != test.code {
				t.Errorf("code %d, want %d", got.Code, test.code)
			}
		})
	}
}
