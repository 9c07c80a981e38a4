package simulation

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
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

// indicatorHeader names the columns of the truth about indicators.
var indicatorHeader = [...]string{"indicator", "region", "window", "numerator", "denominator", "n", "left_out", "as_of", "catalogue"}

// writeIndicators writes the truth about indicators as CSV, with counts whole and
// other numbers to six decimals.
func writeIndicators(w io.Writer, c *census) error {
	out := csv.NewWriter(w)
	if err := out.Write(indicatorHeader[:]); err != nil {
		return fmt.Errorf("write header of the truth about indicators: %w", err)
	}
	for t := range c.results() {
		if err := out.Write([]string{
			t.Indicator, t.Region, t.Window, numberText(t.Numerator), numberText(t.Denominator),
			strconv.FormatInt(t.N, 10), strconv.FormatInt(t.LeftOut, 10), event.FormatInstant(c.asOf), c.label,
		}); err != nil {
			return fmt.Errorf("write truth about %s: %w", t.Indicator, err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the truth about indicators: %w", err)
	}
	return nil
}

func numberText(f float64) string {
	if f == math.Trunc(f) {
		return strconv.FormatFloat(f, 'f', 0, 64)
	}
	return strconv.FormatFloat(f, 'f', 6, 64)
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
