package stream

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
)

func TestOldServersAreRefused(t *testing.T) {
	for version, supported := range map[string]bool{
		"2.14.0": true, "2.14.0-RC.1": true, "2.15.2": true, "v2.15.2": true, "3.0.0": true,
		"2.13.9": false, "2.2.14": false, "1.20.0": false, "": false, "2.15": false, "next.1.0": false,
	} {
		if err := checkVersion(version); (err == nil) != supported || (err != nil && !errors.Is(err, ErrServerTooOld)) {
			t.Errorf("version %q: %v, supported should be %t", version, err, supported)
		}
	}
}

func TestRetryDelayDoublesUpToItsLimit(t *testing.T) {
	for failures, want := range map[int]time.Duration{0: 250 * time.Millisecond, 1: 500 * time.Millisecond, 2: time.Second, 6: 16 * time.Second, 7: 30 * time.Second, 1 << 30: 30 * time.Second} {
		if got := retryDelay(failures, 250*time.Millisecond, 30*time.Second); got != want {
			t.Errorf("after %d failures %s, want %s", failures, got, want)
		}
	}
	if got := retryDelay(0, time.Hour, time.Minute); got != time.Minute {
		t.Errorf("first delay above the limit: %s, want the limit", got)
	}
}

func TestAddressesAreShownWithoutTheirPasswords(t *testing.T) {
	for address, want := range map[string]string{
		"nats://user:secret@a:4222":                   "nats://a:4222",
		"tls://secret-token@a:4222, nats://b:4222":    "tls://a:4222,nats://b:4222",
		"nats://us er:secret@a:4222,nats://c:secret@": "(an address that cannot be read),nats:",
	} {
		if got := redact(address); got != want {
			t.Errorf("%q shown as %q, want %q", address, got, want)
		}
	}
}

func TestErrorsAreClassified(t *testing.T) {
	api := func(status int, code jetstream.ErrorCode, description string) error {
		return fmt.Errorf("nats: %w", &jetstream.APIError{Code: status, ErrorCode: code, Description: description})
	}
	for _, tt := range []struct {
		name      string
		err       error
		want      error
		temporary bool
	}{
		{"maximum bytes", api(503, 10077, "maximum bytes exceeded"), ErrFull, true},
		{"server store limit", api(500, 10047, "insufficient storage resources available"), ErrFull, true},
		{"account limit", api(400, 10002, "resource limits exceeded for account"), ErrFull, true},
		{"store closed", api(503, 10077, "store is closed"), ErrUnavailable, true},
		{"no leader", api(503, 10008, "system temporarily unavailable"), ErrUnavailable, true},
		{"batch cut short", jetstreamext.ErrBatchPublishIncomplete, ErrUnavailable, true},
		{"too many batches", jetstreamext.ErrAtomicPublishTooManyInflight, jetstreamext.ErrAtomicPublishTooManyInflight, true},
		{"message too large", api(400, 10054, "message size exceeds maximum allowed"), ErrTooLarge, false},
		{"wrong token", nats.ErrAuthorization, nats.ErrAuthorization, true},
		{"the client's own timeout", context.DeadlineExceeded, ErrUnavailable, true},
		{"connection lost", nats.ErrReconnectBufExceeded, ErrUnavailable, true},
		{"unknown", errors.New("what is this"), nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := wrap(t.Context(), "publish", tt.err)
			var classified *Error
			if !errors.As(err, &classified) || classified.Temporary() != tt.temporary || (tt.want != nil && !errors.Is(err, tt.want)) || !errors.Is(err, tt.err) {
				t.Errorf("%v: want %v, temporary %t, and the cause kept", err, tt.want, tt.temporary)
			}
			if refused := errors.Is(tt.err, nats.ErrAuthorization); classified != nil && classified.Refused() != refused {
				t.Errorf("%v: refused %t, want %t", err, classified.Refused(), refused)
			}
		})
	}
	if wrap(t.Context(), "publish", nil) != nil {
		t.Error("no error became one")
	}
}

// A server that is slow sends all that it has begun to send: what the client did not wait for would count as delivered.
func TestAPullWaitsForWhatIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const messages = 5
		sent := 0
		next := func(ctx context.Context) (*nats.Msg, error) {
			select {
			case <-time.After(messageGrace - time.Second):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			if sent++; sent > messages {
				return &nats.Msg{Header: nats.Header{"Status": {"404"}}}, nil
			}
			return &nats.Msg{Sub: &nats.Subscription{}, Reply: fmt.Sprintf("$JS.ACK.EVENTS.sink.1.%d.%d.1700000000000000000.0", sent, sent)}, nil
		}
		got, err := gather(t.Context(), next, 100, messageGrace)
		if err != nil || len(got) != messages {
			t.Errorf("%d messages of %d: %v", len(got), messages, err)
		}
		if got, err := gather(t.Context(), func(ctx context.Context) (*nats.Msg, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, 100, time.Second); !errors.Is(err, nats.ErrTimeout) || len(got) > 0 {
			t.Errorf("a server that does not answer: %d messages, %v", len(got), err)
		}
	})
}
