package main

import (
	"fmt"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/schemas/law"
	"amparo/services/aggregator"
	"amparo/services/installation"
)

// counting are the flags of whatever counts obligations.
type counting struct {
	Grouping    string `default:"natural" help:"Grouping of places into regions: natural or study."`
	LeaveOutLow bool   `help:"Leave out what rests on a regime of low confidence."`
}

// reader is what the flags say about an installation.
func (c *counting) reader(in *installation.Installation) (*indicator.Reader, error) {
	reader := aggregator.Reader(in.Catalogue, in.Store)
	reader.LeaveOutLow = c.LeaveOutLow
	return reader, checkGrouping(in.Catalogue, c.Grouping)
}

// options are those of a count of some kinds of regimes.
func (c *counting) options(kinds []string) indicator.Options {
	opt := indicator.Options{Grouping: c.Grouping}
	for _, k := range kinds {
		opt.Kinds = append(opt.Kinds, law.Kind(k))
	}
	return opt
}

// checkGrouping refuses a grouping that the catalogue does not have.
func checkGrouping(cat *law.Catalogue, grouping string) error {
	if cat.Places == nil || cat.Places.HasGrouping(grouping) {
		return nil
	}
	return invalid(fmt.Errorf("--grouping %q: the catalogue has %s", grouping, strings.Join(cat.Places.Groupings, ", ")))
}
