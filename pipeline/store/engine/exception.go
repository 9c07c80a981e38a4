package engine

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Exception is an error of ClickHouse itself, with its code.
type Exception struct {
	Code    int
	Message string // as ClickHouse writes it, "Code: NNN. DB::Exception: …"
}

// Error returns ClickHouse's message.
func (e *Exception) Error() string { return e.Message }

// The codes of ClickHouse that this package gives itself.
const (
	codeSyntaxError          = 62
	codeNotImplemented       = 48
	codeUnknownSetting       = 115
	codeAuthenticationFailed = 516
	codeUnknown              = 1002
)

var exceptionCode = regexp.MustCompile(`^Code: (\d+)\. `)

// newException makes an exception in ClickHouse's words.
func newException(code int, name, format string, args ...any) *Exception {
	return &Exception{Code: code, Message: fmt.Sprintf("Code: %d. DB::Exception: %s (%s)", code, fmt.Sprintf(format, args...), name)}
}

// parseException reads the library's message. A message without a code comes
// from the library and not from ClickHouse.
func parseException(message string) *Exception {
	message = strings.TrimPrefix(strings.TrimSpace(message), "Error: ")
	if m := exceptionCode.FindStringSubmatch(message); m != nil {
		if code, err := strconv.Atoi(m[1]); err == nil {
			return &Exception{Code: code, Message: message}
		}
	}
	return newException(codeUnknown, "UNKNOWN_EXCEPTION", "%s", message)
}

// notStreamable says whether the library refused to stream the statement's
// result, which it does for everything but SELECT, before it runs it. It gives
// the general code 36 for that, so only the words tell.
func notStreamable(e *Exception) bool {
	return e.Code == 36 && strings.Contains(e.Message, "Streaming query is not supported")
}
