package store

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
)

func TestOldVersionsAreTold(t *testing.T) {
	for _, c := range []struct {
		version string
		old     bool
	}{
		{"25.3", false}, {"25.3.1.1", false}, {"25.10.2", false}, {"26.1", false}, {"26.7.3.1-stable", false},
		{"25.2.9", true}, {"24.12", true}, {"18.16.1", true}, {"25", true}, {"", true}, {"unknown", true},
	} {
		if got := olderThan(c.version, "25.3"); got != c.old {
			t.Errorf("olderThan(%q) = %t", c.version, got)
		}
	}
}

func TestErrorsOfTheDriverAreClassified(t *testing.T) {
	exception := func(code int32) error {
		return fmt.Errorf("wrapped: %w", &clickhouse.Exception{Code: code, Message: "no"})
	}
	for _, c := range []struct {
		name              string
		err               error
		temporary, badRow bool
	}{
		{"unknown table", exception(60), false, false},
		{"syntax error", exception(62), false, false},
		{"text that is no date", exception(41), false, true},
		{"value out of range", exception(321), false, true},
		{"too many parts", exception(252), true, false},
		{"memory limit", exception(241), true, false},
		{"a code that nobody knows", exception(99_999), true, false},
		{"no answer", errors.New("connection refused"), true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := errors.AsType[*Error](classify(c.err))
			if !ok {
				t.Fatalf("%v is not of the store", got)
			}
			if got.Temporary() != c.temporary || got.BadRow() != c.badRow {
				t.Errorf("temporary %t, bad row %t", got.Temporary(), got.BadRow())
			}
			if !errors.Is(got, c.err) {
				t.Error("the cause is lost")
			}
		})
	}
	if classify(nil) != nil {
		t.Error("no error became one")
	}
	if err := classify(context.DeadlineExceeded); err != context.DeadlineExceeded { //nolint:errorlint // It must be the same.
		t.Errorf("a deadline became %v", err)
	}
}

func TestCommentsAreNotSent(t *testing.T) {
	if got := withoutComments("-- why?\nSELECT 1\n-- and?\nFROM x\n"); got != "SELECT 1\nFROM x" {
		t.Errorf("%q", got)
	}
}
