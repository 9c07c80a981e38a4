package engine_test

import (
	"os"
	"testing"

	"amparo/pipeline/store/engine/enginetest"
)

// childVariable tells a test binary that it is the child of a test and which
// part it plays.
const childVariable = "AMPARO_ENGINE_TEST_CHILD"

func TestMain(m *testing.M) {
	if part := os.Getenv(childVariable); part != "" {
		os.Exit(child(part, os.Args[len(os.Args)-1]))
	}
	os.Exit(enginetest.Run(m))
}
