package law

import (
	"errors"
	"io/fs"
	"slices"
)

// loadIndicators reads the indicators and what they lean on, and checks them
// against the rest of the catalogue. All of it is optional.
func (c *Catalogue) loadIndicators(fsys fs.FS) error {
	found := findings{file: indicatorsFile}
	var err error
	if found.lines, err = readOptional(fsys, indicatorsFile, &c.Indicators); err != nil {
		return err
	}
	seen := onlyOnce{}
	for _, ind := range c.Indicators {
		if err := c.missingImplications("indicator "+ind.ID, ind.Implications...); err != nil {
			return err
		}
	}
	for i, ind := range c.Indicators {
		report := report(found.report).below(item("", i)).about("indicator " + ind.ID)
		seen.check(report, "id", ind.ID)
		c.validateIndicator(ind, report)
	}
	return errors.Join(append(found.errs, c.loadArticles(fsys))...)
}

// validateIndicator checks everything but the measure, then the measure.
func (c *Catalogue) validateIndicator(ind *Indicator, report report) {
	for _, text := range []struct {
		where string
		Text
	}{{"title", ind.Title}, {"numerator", ind.Numerator}, {"denominator", ind.Denominator}, {"cannot_see", ind.CannotSee}} {
		if isBlank(text.ES) || isBlank(text.EN) {
			report(text.where, "%s is needed in Spanish and English", text.where)
		}
	}
	for _, choice := range []struct {
		where, value string
		of           []string
	}{
		{"unit", ind.Unit, IndicatorUnits()},
		{"source", ind.Source, IndicatorSources()},
		{"direction", ind.Direction, []string{"higher", "lower", "neutral"}},
	} {
		if !slices.Contains(choice.of, choice.value) {
			report(choice.where, "%s is %q, expected one of %v", choice.where, choice.value, choice.of)
		}
	}
	if len(ind.Implications)+len(ind.Causes) == 0 {
		report("id", "give an implication or a cause")
	}
	for i, id := range ind.Implications {
		if !slices.ContainsFunc(c.Implications, func(i Implication) bool { return i.ID == id }) {
			report(item("implications", i), "unknown implication %q", id)
		}
	}
	for i, id := range ind.Causes {
		if !slices.ContainsFunc(c.Causes, func(cause Cause) bool { return cause.ID == id }) {
			report(item("causes", i), "unknown cause %q", id)
		}
	}
	for i, article := range ind.Articles {
		if len(c.NamedBy(article)) == 0 {
			report(item("articles", i), "article %q is named by no implication", article)
		}
	}
	if ind.MinimumN < 1 {
		report("minimum_n", "minimum_n must be at least 1")
	}
	if (len(ind.Causes) > 0) != (ind.Signal != nil) {
		report("signal", "an indicator of a cause needs a signal, and no other has one")
	}
	if s := ind.Signal; s != nil && (s.Above == nil) == (s.Below == nil) {
		report("signal", "give exactly one of above and below")
	}
	c.validateMeasure(&ind.Measure, report.below("measure"))
}

// validateMeasure checks that the measure has one base, at most one reading
// that fits it, and looks only at what the catalogue has.
func (c *Catalogue) validateMeasure(m *Measure, report report) {
	if bases := m.bases(); len(bases) != 1 {
		report("", "give exactly one way of counting, found %v", bases)
		return
	}
	readings := m.readings()
	if len(readings) > 1 {
		report(readings[1], "give at most one reading, found %v", readings)
	}
	tells := len(m.OnTime) > 0 || len(m.Missed) > 0 || m.Share != nil && m.Share.Linked == nil
	if len(readings) == 1 && !tells {
		report(readings[0], "%s reads successes and failures: it needs on_time, missed or a share without links", readings[0])
	}
	if (m.Slope != nil || m.Load) && len(m.OnTime) == 0 {
		report(readings[0], "%s needs on_time", readings[0])
	}
	c.validateMatches(m.InCases, report.below("in_cases"))
	c.validateMeasured(m.OnTime, report.below("on_time"))
	c.validateMeasured(m.Missed, report.below("missed"))
	c.validateMeasured(m.Overdue, report.below("overdue"))
	c.validateBase(m, report)
	c.validateReading(m, report)
}

// bases names the ways of counting that are given.
func (m *Measure) bases() []string {
	var out []string
	for _, base := range []struct {
		name  string
		given bool
	}{
		{"on_time", len(m.OnTime) > 0},
		{"missed", len(m.Missed) > 0},
		{"overdue", len(m.Overdue) > 0},
		{"share", m.Share != nil},
		{"ratio", m.Ratio != nil},
		{"latest", m.Latest != nil},
		{"count", m.Count != nil},
		{"wait", m.Wait != nil},
		{"limit_to_wait", m.LimitRatio != nil},
		{"in_force", m.InForce != nil},
		{"coverage", m.Coverage != nil},
		{"mismatch", m.Mismatch != nil},
		{"duty_share", m.DutyShare != nil},
	} {
		if base.given {
			out = append(out, base.name)
		}
	}
	return out
}

// Form names the way of counting.
func (m *Measure) Form() string {
	if readings := m.readings(); len(readings) > 0 {
		return readings[0]
	}
	if bases := m.bases(); len(bases) > 0 {
		return bases[0]
	}
	return ""
}

func (m *Measure) readings() []string {
	var out []string
	for _, reading := range []struct {
		name  string
		given bool
	}{
		{"gap", m.Gap != nil},
		{"units", m.Units != nil},
		{"after", m.After != nil},
		{"shock", m.Shock != nil},
		{"dips", m.Dips != nil},
		{"slope", m.Slope != nil},
		{"explained_by_region", m.Explained},
		{"load", m.Load},
	} {
		if reading.given {
			out = append(out, reading.name)
		}
	}
	return out
}

func (c *Catalogue) validateBase(m *Measure, report report) {
	switch {
	case m.Share != nil:
		c.validateShare(m.Share, report.below("share"))
	case m.Ratio != nil:
		report := report.below("ratio")
		c.validateQuantity(m.Ratio.Numerator, report.below("numerator"))
		c.validateQuantity(m.Ratio.Denominator, report.below("denominator"))
		c.validatePer(m.Ratio.Per, report, m.Ratio.Numerator.Of, m.Ratio.Denominator.Of)
	case m.Latest != nil:
		c.validateLatest(m.Latest, report.below("latest"))
	case m.Count != nil:
		report := report.below("count")
		c.validateSome(m.Count.Of, report.below("of"))
		c.validatePer(m.Count.Per, report, m.Count.Of)
		validateQuantile(m.Count.Quantile, true, report)
		if m.Count.Quantile != 0 && m.Count.MoreThan != 0 {
			report("more_than", "give quantile or more_than, not both")
		}
		if m.Count.MoreThan < 0 {
			report("more_than", "more_than is %d, expected none below zero", m.Count.MoreThan)
		}
	case m.Wait != nil:
		report := report.below("wait")
		c.validateSome(m.Wait.From, report.below("from"))
		c.validateSome(m.Wait.To, report.below("to"))
		c.validateMatches(m.Wait.Competing, report.below("competing"))
		c.validatePer(m.Wait.Per, report, m.Wait.From, m.Wait.To)
		validateQuantile(m.Wait.Quantile, false, report)
	case m.LimitRatio != nil:
		report := report.below("limit_to_wait")
		if len(m.LimitRatio.Duties) == 0 {
			report("duties", "duties are missing")
		}
		c.validateMeasured(m.LimitRatio.Duties, report.below("duties"))
		validateQuantile(m.LimitRatio.Quantile, false, report)
	case m.InForce != nil:
		report := report.below("in_force")
		c.validateSome(m.InForce.Of, report.below("of"))
		c.validateMatches(m.InForce.Until, report.below("until"))
		c.validateSome(m.InForce.With, report.below("with"))
		c.validatePer(m.InForce.Per, report, m.InForce.Of)
		if m.InForce.Days < 0 {
			report("rate_per_days", "rate_per_days is below zero")
		}
	case m.Coverage != nil:
		report := report.below("coverage")
		c.validateMatches(m.Coverage.Of, report.below("of"))
		c.validateSome(m.Coverage.By, report.below("by"))
		if m.Coverage.Digits() == 0 {
			report("level", "level is %q, expected department, province or district", m.Coverage.Level)
		}
	case m.Mismatch != nil:
		report := report.below("mismatch")
		c.validateSome(m.Mismatch.Of, report.below("of"))
		for i, field := range m.Mismatch.Fields {
			report.err(item("fields", i), c.validateSomeField(m.Mismatch.Of, field))
		}
		if len(m.Mismatch.Fields) == 0 {
			report("fields", "fields are missing")
		}
	case m.DutyShare != nil:
		validateDutyKinds(m.DutyShare.Kinds, report.below("duty_share.kinds"))
		validateDutyKinds(m.DutyShare.Of, report.below("duty_share.of"))
	}
}

func validateDutyKinds(kinds []Kind, report report) {
	for i, k := range kinds {
		if !slices.Contains([]Kind{Law, Target, Right}, k) {
			report(item("", i), "kind is %q, expected law, target or right", k)
		}
	}
}

func (c *Catalogue) validateReading(m *Measure, report report) {
	switch {
	case m.Gap != nil:
		c.validateGap(m.Gap, report.below("gap"))
	case m.Units != nil:
		report := report.below("units")
		if !slices.Contains([]string{StatDispersion, StatBest}, m.Units.Stat) {
			report("stat", "stat is %q, expected %s or %s", m.Units.Stat, StatDispersion, StatBest)
		}
		c.validateKinds(m.Units.Kinds, "kinds", report)
		if m.Units.AtLeast < 1 {
			report("at_least", "at_least must be 1 or more")
		}
	case m.After != nil:
		c.validateSome(m.After.Mark, report.below("after.mark"))
	case m.Shock != nil:
		c.validateSome(m.Shock.Declared, report.below("shock.declared"))
		report.err("shock.until", c.validateSomeField(m.Shock.Declared, m.Shock.Until))
	case m.Dips != nil:
		if m.Dips.AtLeast < 1 || m.Dips.Drop <= 0 || m.Dips.Drop > 1 {
			report("dips", "at_least must be 1 or more and drop a share above zero")
		}
	case m.Slope != nil:
		if !c.HasAttribute(m.Slope.Attribute) {
			report("slope.attribute", "places have no attribute %q", m.Slope.Attribute)
		}
		if m.Slope.Per <= 0 {
			report("slope.per", "per must be above zero")
		}
	}
}

func (c *Catalogue) validateGap(g *Gap, report report) {
	ways := 0
	for _, given := range []bool{len(g.Group) > 0, g.Places != "", g.Hours != nil} {
		if given {
			ways++
		}
	}
	if ways != 1 || len(g.Against) > 0 && len(g.Group) == 0 {
		report("", "tell groups apart in exactly one way: group (and against), places or hours")
	}
	c.validateMatches(g.Group, report.below("group"))
	c.validateMatches(g.Against, report.below("against"))
	if g.Places != "" && !c.HasAttribute(g.Places) {
		report("places", "places have no attribute %q", g.Places)
	}
	if h := g.Hours; h != nil && (c.Calendars[h.Calendar] == nil || h.From < 0 || h.To > 24 || h.From >= h.To) {
		report("hours", "hours need a calendar and a span of the day, found %q from %d to %d", h.Calendar, h.From, h.To)
	}
}

func (c *Catalogue) validateShare(s *Share, report report) {
	c.validateSome(s.Of, report.below("of"))
	c.validateMatches(s.With, report.below("with"))
	c.validateMatches(s.Without, report.below("without"))
	c.validateMatches(s.Before, report.below("before"))
	c.validatePer(s.Per, report, s.Of)
	if len(s.With)+len(s.Without) == 0 && s.Linked == nil {
		report("", "with, without or linked is needed")
	}
	if s.All && len(s.With) < 2 {
		report("all", "all needs two or more in with")
	}
	for i, field := range s.Stated {
		report.err(item("stated", i), c.validateEveryField(s.Of, field))
	}
	if w := s.Within; w != nil && (w.Hours < 0 || w.Days < 0 || w.Months < 0 || *w == Span{}) {
		report("within", "within must be longer than nothing")
	}
	if l := s.Linked; l != nil {
		c.validateSome(l.By, report.below("linked.by"))
		report.err("linked.field", c.validateEveryField(l.By, l.Field))
		if l.Key != PerCase && l.Key != LinkByID {
			report.err("linked.key", c.validateEveryField(s.Of, l.Key))
		}
	}
	if len(s.Per) > 0 && s.Per[0] != PerEvent {
		return
	}
	for where, list := range map[string]Matches{"with": s.With, "without": s.Without} {
		for i, m := range list {
			if !slices.ContainsFunc(s.Of, func(of Match) bool { return of.Type == m.Type }) {
				report(item(where, i), "per event, with and without describe the event itself: %s is not in of", m.Type)
			}
		}
	}
}

// LinkByID is the Key of links that name an event by its id.
const LinkByID = "id"

func (c *Catalogue) validateQuantity(q Quantity, report report) {
	c.validateSome(q.Of, report.below("of"))
	if q.Field != "" {
		report.err("field", c.validateEveryField(q.Of, q.Field))
	}
}

func (c *Catalogue) validateLatest(l *Latest, report report) {
	c.validateSome(l.Report, report.below("report"))
	for _, of := range []struct{ key, field string }{{"numerator", l.Numerator}, {"minus", l.Minus}, {"denominator", l.Denominator}} {
		if of.field != "" {
			report.err(of.key, c.validateEveryField(l.Report, of.field))
		}
	}
	if l.Numerator == "" {
		report("numerator", "numerator is missing")
	}
}

// validateSome checks descriptions of events of which there must be one.
func (c *Catalogue) validateSome(m Matches, report report) {
	if len(m) == 0 {
		report("", "no event is described")
	}
	c.validateMatches(m, report)
}

// validateEveryField leaves unknown event types to where they are described.
func (c *Catalogue) validateEveryField(m Matches, field string) error {
	for _, one := range m {
		if c.validateType(one.Type) != nil {
			continue
		}
		if err := c.validateField(one.Type, field, nil); err != nil {
			return err
		}
	}
	return nil
}

func (c *Catalogue) validateSomeField(m Matches, field string) error {
	var err error
	for _, one := range m {
		if err = c.validateField(one.Type, field, nil); err == nil {
			return nil
		}
	}
	return err
}

// validatePer checks that fields which name an instance are in all its events.
func (c *Catalogue) validatePer(per stringList, report report, of ...Matches) {
	for i, field := range per {
		at := item("per", i)
		if field == PerEvent || field == PerCase {
			if len(per) > 1 {
				report(at, "per: %s stands alone", field)
			}
			continue
		}
		if err := c.validateEveryField(slices.Concat(of...), field); err != nil {
			report(at, "per: %w", err)
		}
	}
}

// AllDuties in a list of duties stands for all with a number in the law.
const AllDuties = "*"

// validateMeasured checks a list of duties whose obligations are counted.
func (c *Catalogue) validateMeasured(ids stringList, report report) {
	for i, id := range ids {
		d, ok := c.byID[id]
		switch {
		case id == AllDuties && len(ids) == 1:
		case !ok:
			report(item("", i), "unknown duty %q", id)
		case d.NeverARow:
			report(item("", i), "duty %s is never a row: there is nothing to count", id)
		}
	}
}

func validateQuantile(q float64, mayBeZero bool, report report) {
	if q > 0 && q < 1 || q == 0 && mayBeZero {
		return
	}
	report("quantile", "quantile is %v, expected a number between 0 and 1", q)
}
