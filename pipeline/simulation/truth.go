package simulation

import (
	"encoding/csv"
	"fmt"
	"io"
	"time"

	"amparo/schemas/event"
)

// A TruthRow is the expected state of one obligation at the configuration's
// instant, with the columns that `amparo obligations` prints.
type TruthRow struct {
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

// truthHeader names the columns in their order.
var truthHeader = [...]string{
	"case_id", "duty", "regime", "instance", "kind", "implication", "institution_kind", "institution",
	"department", "region", "risk", "started_at", "due_at", "done_at", "status", "as_of", "catalogue",
}

// record is the row as cells in the order of the header.
func (r *TruthRow) record() []string {
	return []string{
		r.Case, r.Duty, r.Regime, r.Instance, r.Kind, r.Implication, r.InstitutionKind, r.Institution,
		r.Department, r.Region, r.Risk, event.FormatInstant(r.StartedAt), event.FormatInstant(r.DueAt),
		event.FormatInstant(r.DoneAt), string(r.Status), event.FormatInstant(r.AsOf), r.Catalogue,
	}
}

// A truthWriter prints rows as CSV.
type truthWriter struct{ csv *csv.Writer }

func newTruthWriter(w io.Writer) (*truthWriter, error) {
	t := &truthWriter{csv.NewWriter(w)}
	if err := t.csv.Write(truthHeader[:]); err != nil {
		return nil, fmt.Errorf("write header of truth: %w", err)
	}
	return t, nil
}

func (t *truthWriter) write(rows []TruthRow) error {
	for i := range rows {
		if err := t.csv.Write(rows[i].record()); err != nil {
			return fmt.Errorf("write truth of case %s: %w", rows[i].Case, err)
		}
	}
	return nil
}

func (t *truthWriter) flush() error {
	t.csv.Flush()
	if err := t.csv.Error(); err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	return nil
}

// WriteTruth writes header and rows as CSV, in the order given.
func WriteTruth(w io.Writer, rows []TruthRow) error {
	t, err := newTruthWriter(w)
	if err != nil {
		return err
	}
	if err := t.write(rows); err != nil {
		return err
	}
	return t.flush()
}
