// Package simulation makes up national data with its truth: cases from the
// report to the end of their measures, as the events that institutions would
// send, and beside them the state in which every obligation must be found.
//
// The truth is the simulator's own bookkeeping (package truth), kept as a case is
// told, so that it can prove any other judgement of the same events right or
// wrong. Nothing here is about real people; department and risk follow the
// published margins.
package simulation

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"amparo/pipeline/simulation/truth"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Config says what is made up. The same configuration and catalogue give the
// same bytes.
type Config struct {
	Seed uint64
	// Cases is how many cases are made; with Events, cases are made until
	// there are at least that many events. One of the two is needed.
	Cases, Events int

	// First reports fall into [From, To). A zero To is AsOf.
	From, To time.Time
	// AsOf is the instant of the truth.
	AsOf time.Time
	// Until is where the record stops: what happened or was written down later
	// is not in it. Zero is AsOf; a later instant gives events that a judgement
	// at AsOf must not see.
	Until time.Time

	// Grouping is that of the region column; empty is the catalogue's first.
	Grouping string
	// Registers adds what units report about themselves.
	Registers bool
	// Units is about how many units report to the registers; zero is one for
	// every fifty cases, and 120 at least.
	Units int
	// Rates are how often things go wrong; nil stands for DefaultRates.
	Rates *Rates
}

// Rates are how often things go another way than they should. All are shares
// from 0 to 1.
type Rates struct {
	Miss             float64 // added to the chance that any step is late
	HighlandsGap     float64 // the same, in the Highlands
	JungleGap        float64 // the same, in the Jungle
	RuralGap         float64 // the same, in rural areas
	SevereGain       float64 // taken off where the risk is severe
	DepartmentSpread float64 // up to which departments differ, either way
	FridayPolice     float64 // added for files that the police send on Fridays
	ShockLoss        float64 // added for cases reported while a shock holds their department

	LateEntry    float64 // events written down hours or days afterwards
	Retraction   float64 // cases with an event that is taken back
	Duplicate    float64 // events delivered twice
	Disorder     float64 // cases delivered in no order at all
	ByDay        float64 // cases with events of which only the day is known
	Withdrawal   float64 // cases whose report the victim takes back
	SecondReport float64 // cases with a second report in the same file
	Repeat       float64 // cases of somebody who reported before, in another case
	NoReport     float64 // cases that become known at a court, without a report
	Transfer     float64 // cases transferred or merged
	Early        float64 // steps recorded before what should have started them
	OnTheLimit   float64 // deeds exactly at the limit, and as many just after it
}

// DefaultRates are the shares that a simulation has when none are given.
func DefaultRates() *Rates {
	return &Rates{
		HighlandsGap: 0.09, JungleGap: 0.11, RuralGap: 0.05, SevereGain: 0.05, DepartmentSpread: 0.05, FridayPolice: 0.12,
		ShockLoss: 0.25,
		LateEntry: 0.06, Retraction: 0.06, Duplicate: 0.03, Disorder: 0.10, ByDay: 0.08, Withdrawal: 0.05,
		SecondReport: 0.02, Repeat: 0.06, NoReport: 0.01, Transfer: 0.025, Early: 0.006, OnTheLimit: 0.012,
	}
}

// Recent is a configuration for demonstrations: cases of the last eighteen
// months, told up to now and not beyond it, with the registers.
func Recent(seed uint64, cases int, now time.Time) Config {
	return Config{Seed: seed, Cases: cases, From: now.AddDate(0, -18, 0), To: now, AsOf: now, Registers: true}
}

// A Case is the events of one subject, in the order in which they arrive, and
// the truth about its obligations, by duty and instance. Unit says that the
// subject is one of a register and not a case.
type Case struct {
	ID     string
	Unit   bool
	Events []event.Event
	// Beside are events of other subjects that this one leads to, such as the
	// transfer of an official after a complaint. They start no obligation.
	Beside []event.Event
	Truth  []truth.Row

	facts []*event.Event // the events that the truth is about, in order
}

// Arrivals yields the case's events and those beside it.
func (c *Case) Arrivals() iter.Seq[*event.Event] {
	return func(yield func(*event.Event) bool) {
		for _, events := range [][]event.Event{c.Events, c.Beside} {
			for i := range events {
				if !yield(&events[i]) {
					return
				}
			}
		}
	}
}

// ErrConfig is what New returns for a configuration that asks for nothing, or
// for the impossible.
var ErrConfig = errors.New("invalid simulation")

// A Simulation makes up cases. It is safe for concurrent use.
type Simulation struct {
	cfg    Config
	cat    *law.Catalogue
	nation *nation
	book   *truth.Book
	sharp  map[string]bool // event types that are never known by day only
}

// New checks the configuration against the catalogue, which must speak the
// event types of ley-30364.
func New(cat *law.Catalogue, cfg Config) (*Simulation, error) {
	if cat.Places == nil {
		return nil, fmt.Errorf("%w: the catalogue %s has no places", ErrConfig, cat.ID)
	}
	// Nothing in the record is finer than a millisecond.
	cfg.AsOf, cfg.Until = cfg.AsOf.UTC().Truncate(time.Millisecond), cfg.Until.Truncate(time.Millisecond)
	if cfg.To.IsZero() {
		cfg.To = cfg.AsOf
	}
	if cfg.Until.IsZero() {
		cfg.Until = cfg.AsOf
	}
	if cfg.Grouping == "" {
		cfg.Grouping = cat.Places.Groupings[0]
	}
	if cfg.Rates == nil {
		cfg.Rates = DefaultRates()
	}
	rates := *cfg.Rates // the caller's may change
	cfg.Rates = &rates
	if cfg.Units == 0 {
		cfg.Units = max(120, cfg.Cases/50, cfg.Events/eventsPerCase/50)
	}
	switch {
	case cfg.Cases <= 0 && cfg.Events <= 0:
		return nil, fmt.Errorf("%w: give a number of cases or of events", ErrConfig)
	case !cfg.From.Before(cfg.To):
		return nil, fmt.Errorf("%w: reports fall from %s to %s: the end is not after the start", ErrConfig, event.FormatInstant(cfg.From), event.FormatInstant(cfg.To))
	case cfg.Until.Before(cfg.AsOf):
		return nil, fmt.Errorf("%w: the record stops before the instant of the truth", ErrConfig)
	case !cat.Places.HasGrouping(cfg.Grouping):
		return nil, fmt.Errorf("%w: no grouping %q; the catalogue has %v", ErrConfig, cfg.Grouping, cat.Places.Groupings)
	}
	for _, t := range vocabulary {
		if _, ok := cat.Events.Type(t); !ok {
			return nil, fmt.Errorf("%w: the catalogue %s has no event type %s; simulate with ley-30364", ErrConfig, cat.ID, t)
		}
	}
	nation, err := newNation(cat, &cfg)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	s := &Simulation{cfg: cfg, cat: cat, nation: nation, book: truth.New(cat, cfg.Grouping, cfg.AsOf)}
	s.sharp = s.book.SharpTypes()
	return s, nil
}

// eventsPerCase is about how many events a case has.
const eventsPerCase = 36

// Cases yields the cases, then the units of the registers, then the frontline
// workers who say what they see, each by ascending id. No more than one of them
// is in memory.
func (s *Simulation) Cases() iter.Seq[Case] {
	return func(yield func(Case) bool) {
		events := 0
		for n := 1; (s.cfg.Cases <= 0 || n <= s.cfg.Cases) && (s.cfg.Events <= 0 || events < s.cfg.Events); n++ {
			c := s.caseNumber(n)
			events += len(c.Events)
			if !yield(c) {
				return
			}
		}
		if !s.cfg.Registers {
			return
		}
		for _, u := range s.registerUnits() {
			if !yield(s.unitReports(u)) {
				return
			}
		}
		for _, w := range s.frontline() {
			if !yield(s.workerSays(w)) {
				return
			}
		}
	}
}

// Totals are what a simulation came to.
type Totals struct{ Cases, Units, Events, Rows int }

// Write writes the events as NDJSON, in the order of arrival within each case;
// and the truth about obligations as CSV, ordered by case, duty and instance.
func (s *Simulation) Write(events, rows io.Writer) (Totals, error) {
	var totals Totals
	out := eventWriter{s: s, out: bufio.NewWriterSize(events, 1<<16)}
	judged, err := truth.NewWriter(rows)
	if err != nil {
		return totals, err
	}
	for c := range s.Cases() {
		if err := out.write(&c); err != nil {
			return totals, err
		}
		if err := judged.Write(c.Truth); err != nil {
			return totals, err
		}
		if c.Unit {
			totals.Units++
		} else {
			totals.Cases++
		}
		totals.Rows += len(c.Truth)
	}
	totals.Events = out.events
	if err := out.flush(); err != nil {
		return totals, err
	}
	return totals, judged.Flush()
}

// WriteEvents writes the events alone, and returns how many there are.
func (s *Simulation) WriteEvents(events io.Writer) (int, error) {
	out := eventWriter{s: s, out: bufio.NewWriterSize(events, 1<<16)}
	for c := range s.Cases() {
		if err := out.write(&c); err != nil {
			return out.events, err
		}
	}
	return out.events, out.flush()
}

// An eventWriter writes events as NDJSON.
type eventWriter struct {
	s      *Simulation
	out    *bufio.Writer
	line   []byte
	events int
}

func (w *eventWriter) write(c *Case) error {
	for e := range c.Arrivals() {
		w.line = appendJSON(w.line[:0], e, w.s.cat.Zone)
		if _, err := w.out.Write(w.line); err != nil {
			return fmt.Errorf("write events of case %s: %w", c.ID, err)
		}
		w.events++
	}
	return nil
}

func (w *eventWriter) flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	return nil
}
