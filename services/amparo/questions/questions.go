// Package questions are the commands that ask an installation: cases, obligations,
// indicators, comparisons and warnings, as of any instant, and what is made of them to
// be passed on.
//
// What is not there is refused by name; an empty answer means that there is none.
package questions

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/services/aggregator"
	"amparo/services/amparo/command"
	"amparo/services/installation"
)

// eventsOf reads all events of some cases, in order of their ids. A case that is
// not there is an error, and never an empty answer.
func eventsOf(ctx context.Context, in *installation.Installation, cases []string) ([][]event.Event, error) {
	cases = slices.Compact(slices.Sorted(slices.Values(cases)))
	histories, err := in.Store.History(ctx, cases)
	if err != nil {
		return nil, err
	}
	all := make([][]event.Event, len(cases))
	for i, id := range cases {
		if len(histories[id]) == 0 {
			return nil, noCase(ctx, in, id)
		}
		for _, e := range histories[id] {
			all[i] = append(all[i], e.Event)
		}
	}
	return all, nil
}

// likeCases is how many nearly right ids a refusal names.
const likeCases = 3

// noCase refuses a case that is not there, and names those that may be meant.
func noCase(ctx context.Context, in *installation.Installation, id string) error {
	if strings.TrimSpace(id) == "" {
		return command.Invalid(errors.New("name a case: amparo obligations lists all cases"))
	}
	like, err := in.Store.CasesLike(ctx, id, likeCases)
	if err != nil {
		return err
	}
	hint := "amparo obligations lists all cases"
	if len(like) > 0 {
		hint = fmt.Sprintf("did you mean %s?", strings.Join(like, ", "))
	}
	return command.Invalid(fmt.Errorf("no case %q here: %s", id, hint))
}

// obligationsOf yields obligations at a query's instants, ordered by case: of all
// cases, or where some are named of these, which are all that is folded then.
func obligationsOf(ctx context.Context, in *installation.Installation, named [][]event.Event, q obligation.Query) iter.Seq2[obligation.Obligation, error] {
	if len(named) == 0 {
		return aggregator.Reader(in.Catalogue, in.Store).Obligations(ctx, q)
	}
	return func(yield func(obligation.Obligation, error) bool) {
		for _, events := range named {
			for _, o := range obligation.Fold(in.Catalogue, events, q) {
				if !yield(o, nil) {
					return
				}
			}
		}
	}
}
