package columns

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/ClickHouse/ch-go/proto"
)

// Word is a column of texts of which there are few different ones, to be written:
// each is kept once, and of every row a number that says which.
type Word struct {
	index proto.ColStr
	known map[string]uint32
	rows  []uint32
	last  string // the text of the last row
}

// Append adds a text.
func (c *Word) Append(text string) {
	if n := len(c.rows); n > 0 && text == c.last {
		c.rows = append(c.rows, c.rows[n-1])
		return
	}
	at, known := c.known[text]
	if !known {
		if c.known == nil {
			c.known = map[string]uint32{}
		}
		at = uint32(len(c.known)) //nolint:gosec // Far fewer.
		c.known[text] = at
		c.index.Append(text)
	}
	c.rows, c.last = append(c.rows, at), text
}

// AppendArr adds several.
func (c *Word) AppendArr(texts []string) {
	for _, text := range texts {
		c.Append(text)
	}
}

// Rows is how many there are.
func (c *Word) Rows() int { return len(c.rows) }

// Row is one of them.
func (c *Word) Row(i int) string { return c.index.Row(int(c.rows[i])) }

// Reset empties the column.
func (c *Word) Reset() {
	clear(c.known)
	c.index.Reset()
	c.rows, c.last = c.rows[:0], ""
}

// Type is what ClickHouse calls it.
func (*Word) Type() proto.ColumnType {
	return proto.ColumnTypeLowCardinality.Sub(proto.ColumnTypeString)
}

// What ClickHouse writes before a dictionary and its keys.
const (
	keysBehind   = 1       // the version: keys follow the texts of their block
	ownTexts     = 1 << 9  // the block has texts of its own
	allTextsHere = 1 << 10 // and needs none from an earlier block
)

// EncodeState implements proto.StateEncoder.
func (*Word) EncodeState(b *proto.Buffer) { b.PutInt64(keysBehind) }

// EncodeColumn implements proto.ColInput.
func (c *Word) EncodeColumn(b *proto.Buffer) {
	if len(c.rows) == 0 {
		return
	}
	width := 0 // of a key: one byte, two or four
	switch n := len(c.known) - 1; {
	case n > math.MaxUint16:
		width = 2
	case n > math.MaxUint8:
		width = 1
	}
	b.PutInt64(int64(ownTexts | allTextsHere | width))
	b.PutInt64(int64(c.index.Rows()))
	c.index.EncodeColumn(b)
	b.PutInt64(int64(len(c.rows)))
	for _, at := range c.rows {
		switch width {
		case 0:
			b.Buf = append(b.Buf, byte(at)) //nolint:gosec // The width fits.
		case 1:
			b.Buf = binary.LittleEndian.AppendUint16(b.Buf, uint16(at)) //nolint:gosec // The width fits.
		default:
			b.Buf = binary.LittleEndian.AppendUint32(b.Buf, at)
		}
	}
}

// WriteColumn implements proto.ColInput.
func (c *Word) WriteColumn(w *proto.Writer) { w.ChainBuffer(c.EncodeColumn) }

// DecodeColumn implements proto.ColResult. Who reads words asks for them as texts.
func (*Word) DecodeColumn(*proto.Reader, int) error {
	return errors.New("a column of words is only written: ask for it as String")
}
