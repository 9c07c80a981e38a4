package grafana_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/deploy/grafana"
)

var update = flag.Bool("update", false, "write the dashboards")

func TestFilesAreWhatTheCodeGives(t *testing.T) {
	files, err := filepath.Glob("dashboards/*.json")
	if err != nil {
		t.Fatal(err)
	}
	boards := grafana.Boards()
	if len(files) != len(boards) && !*update {
		t.Errorf("%d files, %d boards", len(files), len(boards))
	}
	for _, board := range boards {
		want, err := board.JSON()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("dashboards", strings.TrimPrefix(board.UID, "amparo-")+".json")
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: -code +file (go test ./deploy/grafana -update writes it):\n%s", file, diff)
		}
	}
}
