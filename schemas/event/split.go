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

// blank is the white space of JSON.
const blank = " \t\r\n"

// SplitLines yields the events of NDJSON, one a line. Blank lines are passed
// over. A broken line is the door's to refuse; it hides no other. The bytes are
// valid until the next step.
func SplitLines(r io.Reader) iter.Seq2[Raw, error] {
	return func(yield func(Raw, error) bool) {
		br := afterMark(r)
		var line []byte
		for n := 1; ; n++ {
			var err error
			line, err = readLine(br, line[:0])
			if len(line) > 0 && !yield(Raw{Line: n, Bytes: line}, nil) {
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

// byteOrderMark is what some programs put before UTF-8 text.
const byteOrderMark = "\xef\xbb\xbf"

// afterMark reads what follows the mark, where there is one.
func afterMark(r io.Reader) *bufio.Reader {
	br := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := br.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = br.Discard(len(byteOrderMark))
	}
	return br
}

// readLine appends one line to buf, without the white space around it and with
// at most maxLine bytes of it.
func readLine(br *bufio.Reader, buf []byte) ([]byte, error) {
	for cut := false; ; {
		part, err := br.ReadSlice('\n')
		if len(buf) == 0 {
			part = bytes.TrimLeft(part, blank)
		}
		kept := part[:min(len(part), maxLine-len(buf))]
		buf = append(buf, kept...)
		// White space is no content, however much of it there is.
		cut = cut || len(bytes.TrimLeft(part[len(kept):], blank)) > 0
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case cut:
			return buf, err
		default:
			return bytes.TrimRight(buf, blank), err
		}
	}
}

// SplitBatch yields the events of one JSON array (CloudEvents batch), or the
// one event of a single JSON object. Broken JSON ends the sequence: after it
// nothing can be told apart. The bytes are valid until the next step.
func SplitBatch(r io.Reader) iter.Seq2[Raw, error] {
	return func(yield func(Raw, error) bool) {
		// Duplicate names are the door's to refuse, one event at a time.
		dec := jsontext.NewDecoder(afterMark(r), jsontext.AllowDuplicateNames(true))
		isBatch := dec.PeekKind() == '['
		if isBatch {
			if _, err := dec.ReadToken(); err != nil {
				yield(Raw{Line: 1}, batchError(err))
				return
			}
		}
		n := 1
		for ; !isBatch || dec.PeekKind() != ']'; n++ {
			value, err := dec.ReadValue()
			if errors.Is(err, io.EOF) && n > 1 && !isBatch {
				return
			}
			if err != nil {
				yield(Raw{Line: n}, batchError(err))
				return
			}
			if !yield(Raw{Line: n, Bytes: value}, nil) {
				return
			}
		}
		if _, err := dec.ReadToken(); err != nil {
			yield(Raw{Line: n}, batchError(err))
			return
		}
		if _, err := dec.ReadToken(); err == nil {
			yield(Raw{Line: n}, refuse(BrokenJSON, "", "something follows the array; send one array"))
		} else if !errors.Is(err, io.EOF) {
			yield(Raw{Line: n}, batchError(err))
		}
	}
}

// batchError is a refusal where the JSON is at fault, else the reader's error.
func batchError(err error) error {
	_, broken := errors.AsType[*jsontext.SyntacticError](err)
	if broken || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return envelopeRefusal(err)
	}
	return err
}
