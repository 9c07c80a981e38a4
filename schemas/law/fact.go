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
	value, _ := f.Told(start, events, until)
	return value
}

// Told is the same with the event that says so; nil where none does and the
// default stands.
func (f *Fact) Told(start *event.Event, events []event.Event, until time.Time) (value string, by *event.Event) {
	if f.StartField != "" && start != nil {
		if v := start.Data.Scalar(f.StartField); v != "" {
			return v, start
		}
	}
	value = f.Default
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
			value, by = v, e
		}
		if !f.Last {
			break
		}
	}
	return value, by
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
