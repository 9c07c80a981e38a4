package stream

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

const (
	// FrameEvents is the largest number of events in one frame.
	FrameEvents = 2000
	// FrameBytes is the largest size of a frame's lines; packed they are far below MaxMessageBytes.
	FrameBytes = 1 << 20

	// frameToken ends the subject of a frame: events.<department>.frame. It has a token less than that of an event, so
	// that permissions can tell them apart.
	frameToken = "frame"
	// frameHeader marks a frame and says how its lines are packed.
	frameHeader = "Amparo-Frame"
	framePacked = "zstd"
	// sealHeader holds the label of whoever checked the frame, and the seal.
	sealHeader = "Amparo-Seal"
)

// FrameSubject is the subject of the frames of a department. Only the intake needs the right to publish there.
func FrameSubject(department string) string { return EventSubject(department, frameToken) }

// NewFrame packs the events of one department, one line each, into one message. checkedBy is the label of the catalogue
// that has checked them all; where this connection has a key, the frame is sealed with it.
//
// The place of an event is the sequence of the message and the number of its line, from 1. An empty line is no event
// but keeps the places of those behind it: what is left of an event that was erased.
func (s *Stream) NewFrame(department, checkedBy string, lines [][]byte) (Message, error) {
	size := 0
	for i, line := range lines {
		if size += len(line) + 1; bytes.IndexByte(line, '\n') >= 0 {
			return Message{}, fmt.Errorf("%w: event %d of a frame is more than one line", ErrInvalid, i+1)
		}
	}
	if len(lines) == 0 || len(lines) > FrameEvents || size > FrameBytes {
		return Message{}, fmt.Errorf("%w: a frame has 1 to %d events of %d bytes in all, not %d of %d", ErrInvalid, FrameEvents, FrameBytes, len(lines), size)
	}
	m := Message{Subject: FrameSubject(department), Header: map[string]string{frameHeader: framePacked}}
	m.Data = s.frames.packer.EncodeAll(bytes.Join(lines, []byte{'\n'}), nil)
	if len(s.frames.key) > 0 {
		m.Header[sealHeader] = checkedBy + " " + hex.EncodeToString(s.frames.seal(m.Subject, checkedBy, m.Data))
	}
	if size := m.Size(); size > MaxMessageBytes {
		return Message{}, fmt.Errorf("%w: packed the frame has %d bytes, the limit is %d: make two of it", ErrTooLarge, size, MaxMessageBytes)
	}
	return m, nil
}

// framer packs, unpacks and seals.
type framer struct {
	key      []byte
	packer   *zstd.Encoder
	unpacker *zstd.Decoder
}

func newFramer(key []byte) (framer, error) {
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(FrameBytes))
	if err != nil {
		return framer{}, err
	}
	// No frame can make this process take more memory than a frame may have.
	unpacker, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(FrameBytes), zstd.WithDecoderMaxWindow(FrameBytes))
	return framer{key, packer, unpacker}, err
}

// seal is a keyed digest over everything that a reader of a frame goes by.
func (f *framer) seal(subject, checkedBy string, data []byte) []byte {
	h := hmac.New(sha256.New, f.key)
	fmt.Fprintf(h, "%s\n%s\n%s\n", framePacked, subject, checkedBy)
	h.Write(data)
	return h.Sum(nil)
}

// sealedBy is the label under a frame's seal, or "" where there is none or it does not hold.
func (f *framer) sealedBy(d *Delivered) string {
	label, sum, found := strings.Cut(d.Header[sealHeader], " ")
	given, err := hex.DecodeString(sum)
	if !found || err != nil || len(f.key) == 0 || !hmac.Equal(given, f.seal(d.Subject, label, d.Data)) {
		return ""
	}
	return label
}

// isFrame reports whether a message says that it is a frame.
func isFrame(d *Delivered) bool { return d.Header[frameHeader] != "" }

// unfold appends the events of a message: itself, or those of a frame. A frame that cannot be read is handed on as it
// is, for the door to refuse: it must not hold up what is behind it.
func (s *Stream) unfold(events []Delivered, d Delivered) []Delivered {
	if !isFrame(&d) {
		return append(events, d)
	}
	lines, err := s.frames.unpack(&d)
	if err != nil {
		s.log.Error("frame cannot be read", "seq", d.Seq, "error", err)
		return append(events, d)
	}
	one := d
	one.Header, one.SealedBy = nil, s.frames.sealedBy(&d)
	before := len(events)
	for line := range bytes.SplitSeq(lines, []byte{'\n'}) {
		one.Line++
		if len(line) > 0 {
			one.Data = slices.Clip(line)
			events = append(events, one)
		}
	}
	if len(events) == before {
		d.Data, d.Header, d.Void = nil, nil, true
		events = append(events, d)
	}
	return events
}

// unpack gives the lines of a frame.
func (f *framer) unpack(d *Delivered) ([]byte, error) {
	if how := d.Header[frameHeader]; how != framePacked {
		return nil, fmt.Errorf("packed by %q, which this version does not know", how)
	}
	lines, err := f.unpacker.DecodeAll(d.Data, nil)
	if err != nil {
		return nil, err
	}
	if n := 1 + bytes.Count(lines, []byte{'\n'}); n > FrameEvents || len(lines) > FrameBytes {
		return nil, errors.New("larger than a frame may be")
	}
	return lines, nil
}
