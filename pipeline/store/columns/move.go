package columns

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Insert stores the rows of the set by an INSERT that names its columns, on disk
// when it returns.
func (s *Set) Insert(ctx context.Context, conn driver.Conn, inside bool, statement string) error {
	if s.Rows() == 0 {
		return nil
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(plainly))
	if inside {
		return s.insertEncoded(ctx, conn, statement)
	}
	batch, err := conn.PrepareBatch(ctx, statement)
	if err != nil {
		return err
	}
	defer batch.Close() //nolint:errcheck // After Send there is nothing to lose.
	for i := range s.columns {
		if err := batch.Column(i).Append(s.columns[i].values()); err != nil {
			return fmt.Errorf("column %s: %w", s.columns[i].name, err)
		}
	}
	return batch.Send()
}

// native is the format of columns, and revision what the engine speaks of it.
const (
	native   = "Native"
	revision = 0
)

// largestKept bounds the memory that is kept for the next rows to be encoded in.
const largestKept = 32 << 20

// plainly lets ClickHouse store the rows as they are given: two of one key are one
// by the time of reading, as they are where they came apart.
var plainly = clickhouse.Settings{"optimize_on_insert": 0}

func (s *Set) insertEncoded(ctx context.Context, conn driver.Conn, statement string) error {
	input := make(proto.Input, len(s.columns))
	for i := range s.columns {
		input[i] = proto.InputColumn{Name: s.columns[i].name, Data: s.columns[i].data}
	}
	defer func() {
		if s.encoded.Reset(); cap(s.encoded.Buf) > largestKept {
			s.encoded = proto.Buffer{}
		}
	}()
	block := proto.Block{Columns: len(input), Rows: s.Rows()}
	if err := block.EncodeRawBlock(&s.encoded, revision, input); err != nil {
		return fmt.Errorf("encode rows: %w", err)
	}
	return conn.InsertFormat(ctx, native, statement, bytes.NewReader(s.encoded.Buf))
}

// scanned is how many rows of a server's answer are in the set at once.
const scanned = 8192

// Query fills the set with the rows of a query, part by part, and hands each part
// to take. The query's columns are those of the set.
func (s *Set) Query(ctx context.Context, conn driver.Conn, inside bool, take func() error, query string, args ...any) error {
	if inside {
		return s.queryEncoded(ctx, conn, take, query, args)
	}
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // The error of its end is returned below.
	into := make([]any, len(s.columns))
	for i := range s.columns {
		into[i] = s.columns[i].into
	}
	s.Reset()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i := range s.columns {
			s.columns[i].take()
		}
		if s.Rows() == scanned {
			if err := take(); err != nil {
				return err
			}
			s.Reset()
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || s.Rows() == 0 {
		return err
	}
	return take()
}

func (s *Set) queryEncoded(ctx context.Context, conn driver.Conn, take func() error, query string, args []any) error {
	answer, err := conn.QueryFormat(ctx, native, query, args...)
	if err != nil {
		return err
	}
	defer answer.Close() //nolint:errcheck // It was read to its end, or an error is returned.
	results := make(proto.Results, len(s.columns))
	for i := range s.columns {
		results[i] = proto.ResultColumn{Name: s.columns[i].name, Data: s.columns[i].data}
	}
	buffered := bufio.NewReaderSize(answer, readAhead)
	reader := proto.NewReader(buffered) // It takes a buffer that is there as its own.
	for {
		switch _, err := buffered.Peek(1); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		s.Reset()
		var block proto.Block
		if err := block.DecodeRawBlock(reader, revision, results); err != nil {
			return fmt.Errorf("decode rows: %w", err)
		}
		if s.Rows() == 0 {
			continue
		}
		if err := take(); err != nil {
			return err
		}
	}
}

// readAhead is how much of an answer is read at once.
const readAhead = 128 << 10
