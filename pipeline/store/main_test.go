package store_test

import (
	"os"
	"testing"

	"amparo/pipeline/store/engine/enginetest"
)

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }
