package law

import (
	"slices"
	"strconv"
	"time"

	"amparo/schemas/event"
)

// At is the value of a fact as known at an instant: in the first or the last
// event of the fact's types that is not after until. Events come in fold order.
// start is the event that started the clock; its own field goes first where the
// fact says so.
func (f *Fact) At(start *event.Event, events []event.Event, until time.Time) string {
	if f.StartField != "" && start != nil {
		if v := start.Data.Scalar(f.StartField); v != "" {
			return v
		}
	}
	value := f.Default
	for i := range events {
		e := &events[i]
		if e.At.After(until) {
			break
		}
		if !slices.Contains(f.Types, e.Type) {
			continue
		}
		// An event that is silent on the fact changes nothing.
		if v := f.in(e); v != "" {
			value = v
		}
		if !f.Last {
			break
		}
	}
	return value
}

// in is the value of a fact in one event, or "" where the event is silent.
func (f *Fact) in(e *event.Event) string {
	switch {
	case f.Holds == "":
		return e.Data.Scalar(f.Field)
	case e.Data.Has(f.Field):
		return strconv.FormatBool(e.Data.Holds(f.Field, f.Holds))
	}
	return ""
}
