//go:build race

package aggregator

import "testing"

// arithmeticAlone leaves out a test of arithmetic, which the race detector makes ten times
// slower and in which it can find nothing: make test runs it without.
func arithmeticAlone(t *testing.T) { t.Skip("arithmetic alone: run without the race detector") }
