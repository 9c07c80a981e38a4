// Package columns moves rows to and from ClickHouse column by column, in the form
// in which ClickHouse holds them: a value is put into its column and no more is
// done with it, where a row would box and reflect on each.
//
// The engine inside the process and every server take and give the same columns.
// Inside, they are encoded here and go as they are; a server gets them by the
// driver, which knows what its version speaks.
package columns

import (
	"time"

	"github.com/ClickHouse/ch-go/proto"
)

// A Set is some columns of equal length, in the order in which they were added.
// Its zero value is empty.
type Set struct {
	columns []column
	encoded proto.Buffer // room for the rows as they are sent
}

// A column is one of a set, and how its values get to and from the driver.
type column struct {
	name string
	data proto.Column
	// values are all values, as the driver takes them.
	values func() any
	// into is where the driver puts a value that it reads, and take takes it from there.
	into any
	take func()
}

// Rows is how many rows the set has.
func (s *Set) Rows() int {
	if len(s.columns) == 0 {
		return 0
	}
	return s.columns[0].data.Rows()
}

// Reset empties the columns and keeps their room.
func (s *Set) Reset() {
	for i := range s.columns {
		s.columns[i].data.Reset()
	}
}

// Columns are written to and read from as ch-go has them; see the methods of Set.
type (
	// Text is a column of texts.
	Text = proto.ColStr
	// Number is a column of numbers.
	Number = proto.ColUInt64
	// Integer is a column of whole numbers, also negative ones.
	Integer = proto.ColInt64
	// Quantity is a column of quantities.
	Quantity = proto.ColFloat64
	// Flag is a column of ones and zeros.
	Flag = proto.ColUInt8
	// Bytes is a column of byte strings of one size.
	Bytes = proto.ColFixedStr
	// Words is a column of lists of texts of which there are few different ones.
	Words = Lists[string, *Word]
	// Numbers is a column of lists of numbers.
	Numbers = Lists[uint64, *Number]
	// Integers is a column of lists of whole numbers.
	Integers = Lists[int64, *Integer]
	// Flags is a column of lists of ones and zeros.
	Flags = Lists[uint8, *Flag]
	// Signs is a column of lists of small numbers.
	Signs = Lists[int8, *proto.ColInt8]
	// Quantities is a column of lists of quantities.
	Quantities = Lists[float64, *proto.ColFloat64]
	// InstantLists is a column of lists of instants.
	InstantLists = Lists[time.Time, *Instants]
	// InstantListLists is a column of lists of lists of instants.
	InstantListLists = Lists[[]time.Time, *InstantLists]
)

// add adds a column whose values the driver takes as they are.
func add[T any, C interface {
	proto.Column
	proto.ColumnOf[T]
}](s *Set, name string, c C) C {
	into := new(T)
	s.columns = append(s.columns, column{
		name: name, data: c, into: into,
		values: func() any {
			values := make([]T, c.Rows())
			for i := range values {
				values[i] = c.Row(i)
			}
			return values
		},
		take: func() { c.Append(*into) },
	})
	return c
}

// Text is a column of texts.
func (s *Set) Text(name string) *Text { return add[string](s, name, new(proto.ColStr)) }

// Word is a column of texts of which there are few different ones.
func (s *Set) Word(name string) *Word { return add[string](s, name, new(Word)) }

// Words is a column of lists of such texts.
func (s *Set) Words(name string) *Words {
	return lists[string](s, name, new(Word))
}

// Number is a column of numbers.
func (s *Set) Number(name string) *Number { return add[uint64](s, name, new(proto.ColUInt64)) }

// Numbers is a column of lists of numbers.
func (s *Set) Numbers(name string) *Numbers {
	return lists[uint64](s, name, new(proto.ColUInt64))
}

// Integer is a column of whole numbers.
func (s *Set) Integer(name string) *Integer { return add[int64](s, name, new(proto.ColInt64)) }

// Quantity is a column of quantities.
func (s *Set) Quantity(name string) *Quantity { return add[float64](s, name, new(proto.ColFloat64)) }

// Integers is a column of lists of whole numbers.
func (s *Set) Integers(name string) *Integers {
	return lists[int64](s, name, new(proto.ColInt64))
}

// Flag is a column of ones and zeros.
func (s *Set) Flag(name string) *Flag { return add[uint8](s, name, new(proto.ColUInt8)) }

// Flags is a column of lists of ones and zeros.
func (s *Set) Flags(name string) *Flags {
	return lists[uint8](s, name, new(proto.ColUInt8))
}

// Signs is a column of lists of small numbers.
func (s *Set) Signs(name string) *Signs {
	return lists[int8](s, name, new(proto.ColInt8))
}

// Quantities is a column of lists of quantities.
func (s *Set) Quantities(name string) *Quantities {
	return lists[float64](s, name, new(proto.ColFloat64))
}

// Bytes is a column of byte strings of one size.
func (s *Set) Bytes(name string, size int) *Bytes {
	return add[[]byte](s, name, &proto.ColFixedStr{Size: size})
}

// Instant is a column of instants, to the millisecond.
func (s *Set) Instant(name string) *Instants { return add[time.Time](s, name, instants()) }

// InstantLists is a column of lists of instants.
func (s *Set) InstantLists(name string) *InstantLists {
	return lists[time.Time](s, name, instants())
}

// InstantListLists is a column of lists of lists of instants.
func (s *Set) InstantListLists(name string) *InstantListLists {
	inner := instants()
	return lists[[]time.Time](s, name, &InstantLists{proto.NewArray[time.Time](inner), inner})
}

// Instants are instants to the millisecond, in UTC. The first of 1970 stands for
// the zero time.
type Instants struct{ proto.ColDateTime64 }

func instants() *Instants {
	c := &Instants{}
	c.WithPrecision(proto.PrecisionMilli).WithLocation(time.UTC)
	return c
}

// Append adds an instant.
func (c *Instants) Append(t time.Time) { c.Data = append(c.Data, milli(t)) }

// AppendArr adds several.
func (c *Instants) AppendArr(ts []time.Time) {
	for _, t := range ts {
		c.Append(t)
	}
}

// Row is one of them.
func (c *Instants) Row(i int) time.Time { return time.UnixMilli(int64(c.Data[i])).UTC() }

func milli(t time.Time) proto.DateTime64 {
	if t.IsZero() {
		return 0
	}
	return proto.DateTime64(t.UnixMilli())
}

// Perhaps is a column of instants of which some are none.
func (s *Set) Perhaps(name string) *Perhaps {
	c := &Perhaps{ColNullable: &proto.ColNullable[time.Time]{Values: instants()}}
	var into *time.Time
	s.columns = append(s.columns, column{
		name: name, data: c, into: &into,
		values: func() any {
			values := make([]*time.Time, c.Rows())
			for i := range values {
				if row := c.Row(i); row.Set {
					values[i] = &row.Value
				}
			}
			return values
		},
		take: func() {
			if into == nil {
				c.Add(time.Time{})
				return
			}
			c.Add(*into)
		},
	})
	return c
}

// Perhaps are instants, or none.
type Perhaps struct{ *proto.ColNullable[time.Time] }

// Add adds an instant, the zero time as none.
func (c *Perhaps) Add(t time.Time) {
	c.Append(proto.Nullable[time.Time]{Set: !t.IsZero(), Value: t})
}

// Lists are lists of values: all of them behind each other, and where each list ends.
type Lists[T any, C proto.ColumnOf[T]] struct {
	*proto.ColArr[T]
	Values C
}

// End ends a list: what was added to Values since the last one ended is in it.
func (l *Lists[T, C]) End() { l.Offsets = append(l.Offsets, uint64(l.Values.Rows())) } //nolint:gosec // A length.

func lists[T any, C proto.ColumnOf[T]](s *Set, name string, values C) *Lists[T, C] {
	return add[[]T](s, name, &Lists[T, C]{proto.NewArray[T](values), values})
}
