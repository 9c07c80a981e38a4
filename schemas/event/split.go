package event

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"

	"github.com/go-json-experiment/json/jsontext"
)

// A Raw is the bytes of one event before the door, with where they stood.
type Raw struct {
	Line  int // line of an NDJSON file, or position in a batch, from 1
	Bytes []byte
}

// maxLine bounds what a single line may hold in memory. A longer one is cut to
// a little over MaxBytes, which the door then refuses.
const maxLine = MaxBytes + 1

// SplitLines yields the events of NDJSON, one a line. Blank lines are passed
// over. A broken line is the door's to refuse; it hides no other. The bytes are
// valid until the next step.
func SplitLines(r io.Reader) iter.Seq2[Raw, error] {
	return func(yield func(Raw, error) bool) {
		br := bufio.NewReaderSize(r, 64<<10)
		var line []byte
		for n := 1; ; n++ {
			var err error
			line, err = readLine(br, line[:0])
			if n == 1 {
				line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
			}
			if text := bytes.TrimSpace(line); len(text) > 0 && !yield(Raw{Line: n, Bytes: text}, nil) {
				return
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Raw{Line: n}, err)
				return
			}
		}
	}
}

// readLine appends one line to buf, keeping at most maxLine bytes of it.
func readLine(br *bufio.Reader, buf []byte) ([]byte, error) {
	for {
		part, err := br.ReadSlice('\n')
		if room := maxLine - len(buf); room > 0 {
			buf = append(buf, part[:min(len(part), room)]...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return buf, err
		}
	}
}

// SplitBatch yields the events of one JSON array (CloudEvents batch), or the
// one event of a single JSON object. Broken JSON ends the sequence: after it
// nothing can be told apart.
func SplitBatch(r io.Reader) iter.Seq2[Raw, error] {
	return func(yield func(Raw, error) bool) {
		// Duplicate names are the door's to refuse, one event at a time.
		dec := jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true))
		isBatch := dec.PeekKind() == '['
		if isBatch {
			if _, err := dec.ReadToken(); err != nil {
				yield(Raw{Line: 1}, envelopeRefusal(err))
				return
			}
		}
		for n := 1; !isBatch || dec.PeekKind() != ']'; n++ {
			value, err := dec.ReadValue()
			if errors.Is(err, io.EOF) && n > 1 && !isBatch {
				return
			}
			if err != nil {
				yield(Raw{Line: n}, envelopeRefusal(err))
				return
			}
			if !yield(Raw{Line: n, Bytes: value}, nil) {
				return
			}
		}
		if _, err := dec.ReadToken(); err != nil {
			yield(Raw{Line: 1}, envelopeRefusal(err))
		}
	}
}
