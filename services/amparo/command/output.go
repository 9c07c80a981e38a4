package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/services/installation"
	"amparo/services/present"
)

// Language is the flag of whatever people read.
type Language struct {
	Lang string `enum:"es,en" default:"es" help:"es or en."`
}

// Output are the flags of every command that prints numbers or rows.
type Output struct {
	Language
	Format string `enum:"${formats}" default:"table" help:"${formats_in_words}."`
	Out    string `placeholder:"FILE" help:"Write to this file in place of standard output."`
}

// FormatVars are the formats, for the flags that name them.
func FormatVars() kong.Vars {
	list := present.Formats()
	last := len(list) - 1
	return kong.Vars{
		"formats": strings.Join(list, ","), "formats_in_words": strings.Join(list[:last], ", ") + " or " + list[last],
	}
}

// To opens where the output goes. A file appears whole or not at all.
func (o *Output) To(streams *Streams, write func(io.Writer) error) (err error) {
	if o.Out == "" {
		if o.Format == present.XLSX && IsTerminal(streams.Out) {
			return Invalid(errors.New("a workbook is no text: name a file with --out, or send the output to one"))
		}
		return QuietPipe(write(streams.Out))
	}
	f, err := os.CreateTemp(filepath.Dir(o.Out), ".amparo-*")
	if err != nil {
		return Invalid(fmt.Errorf("write --out %s: %w", o.Out, err))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write --out %s: %w", o.Out, err)
	}
	return os.Rename(f.Name(), o.Out)
}

// Rows prints rows with what stands beside them.
func (o *Output) Rows(streams *Streams, zone *time.Location, stamp present.Stamp, columns []present.Column, fill func(*present.Printer) error) error {
	return o.To(streams, func(w io.Writer) error {
		p, err := present.New(w, present.Options{Format: o.Format, Lang: o.Lang, Zone: zone}, stamp, columns...)
		if err != nil {
			return Invalid(err)
		}
		if err := fill(p); err != nil {
			return err
		}
		return p.End()
	})
}

// A Standing is what numbers of an installation rest on, for one question.
type Standing struct {
	present.Stamp
	Sources *present.Sources
}

// StandingOf asks the store until when its sources have reported.
func StandingOf(ctx context.Context, in *installation.Installation, q obligation.Query) (*Standing, error) {
	knownAt := q.KnownAt
	if knownAt.IsZero() {
		knownAt = endOfTime
	}
	spans, err := in.Store.Reported(ctx, knownAt)
	if err != nil {
		return nil, err
	}
	sources := present.NewSources(in.Catalogue, q.AsOf, spans)
	return &Standing{
		present.Stamp{
			AsOf: q.AsOf, KnownAt: q.KnownAt, Catalogue: in.Catalogue.Label(), Reported: sources.All(), Data: sources.Data(),
		}, sources,
	}, nil
}

// endOfTime is later than anything that is recorded.
var endOfTime = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// Cover says how far the time of numbers of a place was reported.
func (s *Standing) Cover(grouping, place string, from, to time.Time) present.Coverage {
	return s.Sources.In(grouping, place).Cover(from, to)
}

// Notes are the sentences that readers see first: until when the sources reported,
// and which are silent.
func (s *Standing) Notes(p *present.Printer, zone *time.Location, from, to time.Time) error {
	for _, text := range s.Warn(zone, from, to) {
		if err := p.Note(text); err != nil {
			return err
		}
	}
	return nil
}

// Warn gives the sentences of Notes.
func (s *Standing) Warn(zone *time.Location, from, to time.Time) []law.Text {
	var out []law.Text
	for _, text := range []law.Text{s.Reported.Say(s.Reported.Cover(from, to), zone), s.Sources.Silent()} {
		if text.ES != "" {
			out = append(out, text)
		}
	}
	return out
}

// YesNo says whether something holds.
func YesNo(holds bool) law.Text {
	if holds {
		return present.Say("sí", "yes")
	}
	return present.Say("no", "no")
}

// QuietPipe forgives a reader that has read enough, such as head.
func QuietPipe(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}
