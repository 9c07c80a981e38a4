package operate

import (
	"errors"
	"fmt"
	"testing"
)

// trouble is an error of a server elsewhere.
type trouble struct{ temporary, refused bool }

func (e trouble) Error() string   { return "trouble" }
func (e trouble) Temporary() bool { return e.temporary }
func (e trouble) Refused() bool   { return e.refused }

func TestOnlyWhatPassesIsWaitedFor(t *testing.T) {
	for name, tt := range map[string]struct {
		err    error
		wasIn  bool
		passes bool
	}{
		"a server that is away":                        {trouble{temporary: true}, false, true},
		"the same, wrapped":                            {fmt.Errorf("open the store: %w", trouble{temporary: true}), false, true},
		"a password that is refused at the start":      {trouble{true, true}, false, false},
		"a password that was good before":              {trouble{true, true}, true, true},
		"a table that is wrong":                        {trouble{}, true, false},
		"something else, such as a port that is taken": {errors.New("listen"), true, false},
	} {
		if got := passes(tt.err, tt.wasIn); got != tt.passes {
			t.Errorf("%s: passes %t, want %t", name, got, tt.passes)
		}
	}
}
