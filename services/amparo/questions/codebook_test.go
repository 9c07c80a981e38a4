package questions

import (
	"strings"
	"testing"

	"amparo/schemas/law/lawtest"
)

func TestTheCodebookSaysWhatEveryColumnMeans(t *testing.T) {
	cat := lawtest.Shipped(t)
	fields := 0
	for _, e := range codebook(cat) {
		if e.meaning.ES == "" || e.meaning.EN == "" || e.column.Title.ES == "" || e.column.Title.EN == "" {
			t.Errorf("%s: the column %s has no meaning or no heading in one of the languages", e.table, e.column.Name)
		}
		if strings.HasPrefix(e.table, "event ") {
			fields++
		}
	}
	if fields < 300 {
		t.Errorf("%d fields of events", fields)
	}
}
