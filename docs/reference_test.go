// Package docs holds the pages that are generated, and the tests that fail when one of
// them is out of date. They are written again with
//
//	go test ./docs -update
package docs

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/store/engine/enginetest"
)

var update = flag.Bool("update", false, "write the generated pages instead of comparing with them")

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }

// upToDate compares a page with what is generated now, or writes it. comparable is the
// part of a text that has to agree.
func upToDate(t *testing.T, page, generated string, comparable func(string) string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(page, []byte(generated), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	written, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(comparable(generated), comparable(string(written))); diff != "" {
		t.Errorf("docs/%s is out of date, write it again with: go test ./docs -update\n-generated +written:\n%s", page, diff)
	}
}
