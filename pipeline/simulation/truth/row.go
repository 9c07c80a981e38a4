package truth

import (
	"encoding/csv"
	"fmt"
	"io"
	"time"

	"amparo/schemas/event"
)

// A Row is the expected state of one obligation at the book's
// instant, with the columns that `amparo obligations` prints.
type Row struct {
	Case, Duty, Regime, Instance string
	Kind, Implication            string
	InstitutionKind, Institution string
	Department, Region, Risk     string
	StartedAt, DueAt, DoneAt     time.Time // DoneAt is zero where nothing was done
	Status                       Status
	AsOf                         time.Time
	Catalogue                    string

	place string // of the event that started the duty
}

// A Status is the expected state of an obligation.
type Status string

// The states of an obligation.
const (
	Open    Status = "open"
	Met     Status = "met"
	Late    Status = "late"
	Missed  Status = "missed"
	Void    Status = "void"
	Unclear Status = "unclear"
)

// header names the columns in their order.
var header = [...]string{
	"case_id", "duty", "regime", "instance", "kind", "implication", "institution_kind", "institution",
	"department", "region", "risk", "started_at", "due_at", "done_at", "status", "as_of", "catalogue",
}

func (r *Row) record() []string {
	return []string{
		r.Case, r.Duty, r.Regime, r.Instance, r.Kind, r.Implication, r.InstitutionKind, r.Institution,
		r.Department, r.Region, r.Risk, event.FormatInstant(r.StartedAt), event.FormatInstant(r.DueAt),
		event.FormatInstant(r.DoneAt), string(r.Status), event.FormatInstant(r.AsOf), r.Catalogue,
	}
}

// A Writer prints rows as CSV.
type Writer struct{ csv *csv.Writer }

// NewWriter prints the names of the columns.
func NewWriter(w io.Writer) (*Writer, error) {
	t := &Writer{csv.NewWriter(w)}
	if err := t.csv.Write(header[:]); err != nil {
		return nil, fmt.Errorf("write header of truth: %w", err)
	}
	return t, nil
}

// Write prints the rows of one subject.
func (t *Writer) Write(rows []Row) error {
	for i := range rows {
		if err := t.csv.Write(rows[i].record()); err != nil {
			return fmt.Errorf("write truth of case %s: %w", rows[i].Case, err)
		}
	}
	return nil
}

// Flush writes what is held back.
func (t *Writer) Flush() error {
	t.csv.Flush()
	if err := t.csv.Error(); err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	return nil
}
