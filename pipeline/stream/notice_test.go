package stream_test

import (
	"errors"
	"testing"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
)

func TestNoticeWithAKnownIDIsKeptOnce(t *testing.T) {
	s := streamtest.Open(t)
	for i, want := range []bool{false, true} {
		duplicate, err := s.PublishNotice(t.Context(), "notices.missed.04", "obligation-1/missed", []byte("{}"))
		if err != nil || duplicate != want {
			t.Errorf("time %d: duplicate %t (%v), want %t", i+1, duplicate, err, want)
		}
	}
	if duplicate, err := s.PublishNotice(t.Context(), "notices.missed.04", "obligation-2/missed", []byte("{}")); err != nil || duplicate {
		t.Errorf("another id: duplicate %t (%v)", duplicate, err)
	}
}

func TestNoticeIsRefusedWithoutSubjectOrID(t *testing.T) {
	s := streamtest.Open(t)
	for _, tt := range []struct{ subject, id string }{{"events.15.x", "1"}, {"notices.", "1"}, {"notices.*", "1"}, {"notices.x", ""}, {"notices.x", "a\r\nb"}} {
		if _, err := s.PublishNotice(t.Context(), tt.subject, tt.id, nil); !errors.Is(err, stream.ErrInvalid) {
			t.Errorf("%+v: error %v, want ErrInvalid", tt, err)
		}
	}
	if _, err := s.PublishNotice(t.Context(), "notices.x", "1", make([]byte, stream.MaxMessageBytes)); !errors.Is(err, stream.ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
}
