package store_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"amparo/pipeline/store/engine/enginetest"
)

func TestMain(m *testing.M) {
	// Each check writes to a real table, which costs a flush to disk.
	if err := flag.Set("rapid.checks", "30"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(enginetest.Run(m))
}
