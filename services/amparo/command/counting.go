package command

import (
	"context"
	"fmt"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/services/aggregator"
	"amparo/services/installation"
)

// Counting are the flags of whatever counts obligations.
type Counting struct {
	Grouping    string `default:"natural" help:"Grouping of places into regions: natural or study."`
	LeaveOutLow bool   `help:"Leave out what rests on a regime of low confidence."`
}

// Reader is what the flags say about an installation.
func (c *Counting) Reader(in *installation.Installation) (*indicator.Reader, error) {
	reader := aggregator.Reader(in.Catalogue, in.Store)
	reader.LeaveOutLow = c.LeaveOutLow
	return reader, CheckGrouping(in.Catalogue, c.Grouping)
}

// Resting is a reader and what its numbers rest on.
func (c *Counting) Resting(ctx context.Context, in *installation.Installation, q obligation.Query) (*indicator.Reader, *Standing, error) {
	reader, err := c.Reader(in)
	if err != nil {
		return nil, nil, err
	}
	st, err := StandingOf(ctx, in, q)
	if err != nil {
		return nil, nil, err
	}
	st.LowConfidence = indicator.LowConfidence(c.LeaveOutLow)
	return reader, st, nil
}

// Options are those of a count of some kinds of regimes.
func (c *Counting) Options(kinds []string) indicator.Options {
	opt := indicator.Options{Grouping: c.Grouping}
	for _, k := range kinds {
		opt.Kinds = append(opt.Kinds, law.Kind(k))
	}
	return opt
}

// CheckGrouping refuses a grouping that the catalogue does not have.
func CheckGrouping(cat *law.Catalogue, grouping string) error {
	if cat.Places == nil || cat.Places.HasGrouping(grouping) {
		return nil
	}
	return Invalid(fmt.Errorf("--grouping %q: the catalogue has %s", grouping, strings.Join(cat.Places.Groupings, ", ")))
}
