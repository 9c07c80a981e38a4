package stream

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"syscall"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

var (
	// ErrFull means that the stream has no room: new messages are refused and the old ones kept. Temporary, since an
	// operator can give it room.
	ErrFull = errors.New("stream is full: give it more room (store limit or disk) and send again")
	// ErrUnavailable means that the server could not be reached or did not confirm. Temporary. Whether a message was
	// kept is not known then; sending it again is harmless, because the store keeps each event once.
	ErrUnavailable = errors.New("stream is unavailable: send again in a moment")
	// ErrInterrupted means that deliveries of a consumer were lost on the way or were delivered again. Temporary: drop
	// what was fetched and not acknowledged, call Retry, and it all comes again.
	ErrInterrupted = errors.New("deliveries were interrupted: drop what is not acknowledged, it comes again")
	// ErrTooLarge means that a message or a batch is over the limit and will never be accepted as it is.
	ErrTooLarge = errors.New("too large for the stream")
	// ErrInvalid means that a subject, a name or a batch is malformed and will never be accepted as it is.
	ErrInvalid = errors.New("invalid request to the stream")
	// ErrIncompatible means that a stream or consumer exists with settings that cannot be corrected without losing
	// events.
	ErrIncompatible = errors.New("incompatible settings on the server")
	// ErrServerTooOld means that the server lacks what the promises of this package rest on.
	ErrServerTooOld = errors.New("NATS server is too old")
	// ErrNotFound means that there is no rejected event with that key.
	ErrNotFound = errors.New("no such rejected event")
)

// Error is an error of the server or of the connection to it.
type Error struct {
	op        string
	err       error
	temporary bool
	refused   bool
}

// Error says what was attempted and what went wrong.
func (e *Error) Error() string { return e.op + ": " + e.err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.err }

// Temporary reports whether the same call can succeed later. An error that is not known to be permanent is temporary:
// keeping an event too long does less harm than dropping it.
func (e *Error) Temporary() bool { return e.temporary }

// Refused reports whether the server did not let this program in. A program that starts should say so and end; one that
// runs should raise an alarm and go on.
func (e *Error) Refused() bool { return e.refused }

func temporary(op string, sentinel, cause error) *Error {
	if cause == nil {
		return &Error{op: op, err: sentinel, temporary: true}
	}
	return &Error{op: op, err: fmt.Errorf("%w (%w)", sentinel, cause), temporary: true}
}

// Error codes of the JetStream API that the Go client has no name for.
const (
	codeInsufficientResources jetstream.ErrorCode = 10023
	codeStorageExceeded       jetstream.ErrorCode = 10047
	codeAccountExceeded       jetstream.ErrorCode = 10002
	codeMessageTooLarge       jetstream.ErrorCode = 10054
	codeStoreFailed           jetstream.ErrorCode = 10077
)

// wrap classifies an error of the client or server. An error that comes of the caller's own context stays that
// context's error.
func wrap(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", op, context.Cause(ctx))
	}
	var api *jetstream.APIError
	var js jetstream.JetStreamError
	if !errors.As(err, &api) && errors.As(err, &js) {
		api = js.APIError()
	}
	switch {
	case api != nil && isFull(api), errors.Is(err, syscall.ENOSPC):
		return temporary(op, ErrFull, err)
	case api != nil && api.ErrorCode == codeMessageTooLarge, errors.Is(err, nats.ErrMaxPayload):
		return &Error{op: op, err: fmt.Errorf("%w (%w)", ErrTooLarge, err)}
	case isAway(err), api != nil && api.Code == 503:
		return temporary(op, ErrUnavailable, err)
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrPermissionViolation):
		return &Error{op: op, err: fmt.Errorf("check the token or credentials: %w", err), temporary: true, refused: true}
	}
	return &Error{op: op, err: err, temporary: true}
}

func isFull(err *jetstream.APIError) bool {
	switch err.ErrorCode {
	case codeInsufficientResources, codeStorageExceeded, codeAccountExceeded:
		return true
	case codeStoreFailed:
		return strings.HasPrefix(err.Description, "maximum ")
	}
	return false
}

// because is the reason behind an error: a server on a full disk only falls silent.
func because(full bool, err error) error {
	if full && isAway(err) {
		return fmt.Errorf("%w: %w", syscall.ENOSPC, err)
	}
	return err
}

func isAway(err error) bool {
	for _, away := range []error{
		context.DeadlineExceeded, nats.ErrTimeout, nats.ErrNoResponders, nats.ErrNoServers, nats.ErrConnectionClosed, nats.ErrDisconnected,
		nats.ErrReconnectBufExceeded, nats.ErrNoStreamResponse, jetstream.ErrNoStreamResponse, jetstreamext.ErrBatchPublishIncomplete,
	} {
		if errors.Is(err, away) {
			return true
		}
	}
	return false
}

// redact drops the user part of an address, which may hold a password.
func redact(address string) string {
	var shown []string
	for part := range strings.SplitSeq(address, ",") {
		u, err := url.Parse(strings.TrimSpace(part))
		if err != nil {
			shown = append(shown, "(an address that cannot be read)")
			continue
		}
		u.User = nil
		shown = append(shown, u.String())
	}
	return strings.Join(shown, ",")
}
