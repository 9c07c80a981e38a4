package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
)

// An Error is an error of ClickHouse, with what it means for the caller.
type Error struct {
	Code  int32 // of ClickHouse; 0 where it never answered
	kind  errorKind
	cause error
}

type errorKind int

const (
	temporary errorKind = iota // also what is not known: keep the events and try again
	schema                     // a table or column is wrong: our fault, trying again cannot help
	badRow                     // the rows cannot be stored as they are
)

func (e *Error) Error() string { return fmt.Sprintf("clickhouse: %v", e.cause) }

func (e *Error) Unwrap() error { return e.cause }

// Temporary reports whether trying again may help. Unknown errors count as
// temporary, so that no event is given up for a reason nobody understood.
func (e *Error) Temporary() bool { return e.kind == temporary }

// Refused reports whether ClickHouse did not let this program in. A program that
// starts should say so and end; one that runs should raise an alarm and go on.
func (e *Error) Refused() bool { return e.Code == codeAuthenticationFailed }

// BadRow reports whether rows of the batch can never be stored.
func (e *Error) BadRow() bool { return e.kind == badRow }

// Codes of ClickHouse that mean the tables are not what this program expects.
var schemaCodes = []int32{
	16,  // NO_SUCH_COLUMN_IN_TABLE
	36,  // BAD_ARGUMENTS
	47,  // UNKNOWN_IDENTIFIER
	60,  // UNKNOWN_TABLE
	62,  // SYNTAX_ERROR
	81,  // UNKNOWN_DATABASE
	115, // UNKNOWN_SETTING
	497, // ACCESS_DENIED
}

// codeAuthenticationFailed means that ClickHouse does not let this program in. It
// counts as temporary: who was let in before is let in again when the server has
// its password back, and no event may be given up in between.
const codeAuthenticationFailed = 516

// Codes of ClickHouse that mean a value cannot be stored.
var rowCodes = []int32{
	6,   // CANNOT_PARSE_TEXT
	27,  // CANNOT_PARSE_INPUT_ASSERTION_FAILED
	41,  // CANNOT_PARSE_DATETIME
	53,  // TYPE_MISMATCH
	69,  // ARGUMENT_OUT_OF_BOUND
	131, // TOO_LARGE_STRING_SIZE
	349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
	321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
}

// classify wraps an error of the driver. A cancelled context stays what it is.
func classify(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	out := &Error{cause: err}
	if exception, ok := errors.AsType[*clickhouse.Exception](err); ok {
		out.Code = exception.Code
		switch {
		case slices.Contains(schemaCodes, exception.Code):
			out.kind = schema
		case slices.Contains(rowCodes, exception.Code):
			out.kind = badRow
		}
	}
	return out
}
