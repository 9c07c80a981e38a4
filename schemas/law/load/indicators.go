package load

import (
	"errors"
	"slices"

	"amparo/schemas/law"
	"amparo/schemas/law/source"
)

// loadIndicators reads the indicators and what they lean on, and checks them
// against the rest of the catalogue. All of it is optional.
func (c *loader) loadIndicators() error {
	found := source.Findings{File: indicatorsFile}
	var err error
	if found.Lines, err = c.readOptional(indicatorsFile, &c.Indicators); err != nil {
		return err
	}
	found.Errs = c.chosen(indicatorsFile)
	seen := onlyOnce{}
	for _, ind := range c.Indicators {
		if err := c.missingImplications("indicator "+ind.ID, ind.Implications...); err != nil {
			return err
		}
	}
	for i, ind := range c.Indicators {
		report := source.Report(found.Report).Below(source.Item("", i)).About("indicator " + ind.ID)
		seen.check(report, "id", ind.ID)
		c.validateIndicator(ind, report)
	}
	return errors.Join(append(found.Errs, c.loadArticles())...)
}

// validateIndicator checks everything but the measure, then the measure.
func (c *loader) validateIndicator(ind *law.Indicator, report source.Report) {
	for _, text := range []struct {
		where string
		law.Text
	}{{"title", ind.Title}, {"numerator", ind.Numerator}, {"denominator", ind.Denominator}, {"cannot_see", ind.CannotSee}} {
		if source.IsBlank(text.ES) || source.IsBlank(text.EN) {
			report(text.where, "%s is needed in Spanish and English", text.where)
		}
	}
	for key, value := range map[string]string{"unit": ind.Unit, "source": ind.Source, "direction": ind.Direction} {
		if value == "" {
			report(key, "%s is missing", key)
		}
	}
	if len(ind.Implications)+len(ind.Causes) == 0 {
		report("id", "give an implication or a cause")
	}
	for i, id := range ind.Implications {
		if !slices.ContainsFunc(c.Implications, func(i law.Implication) bool { return i.ID == id }) {
			report(source.Item("implications", i), "unknown implication %q", id)
		}
	}
	for i, id := range ind.Causes {
		if !slices.ContainsFunc(c.Causes, func(cause law.Cause) bool { return cause.ID == id }) {
			report(source.Item("causes", i), "unknown cause %q", id)
		}
	}
	for i, article := range ind.Articles {
		if len(c.NamedBy(article)) == 0 {
			report(source.Item("articles", i), "article %q is named by no implication", article)
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
	c.validateMeasure(&ind.Measure, report.Below("measure"))
}

// validateMeasure checks that the measure has one base, at most one reading
// that fits it, and looks only at what the catalogue has.
func (c *loader) validateMeasure(m *law.Measure, report source.Report) {
	if bases := m.Bases(); len(bases) != 1 {
		report("", "give exactly one way of counting, found %v", bases)
		return
	}
	readings := m.Readings()
	if len(readings) > 1 {
		report(readings[1], "give at most one reading, found %v", readings)
	}
	tells := len(m.OnTime) > 0 || len(m.Missed) > 0 || m.Share != nil && m.Share.Linked == nil
	if len(readings) == 1 && !tells {
		report(readings[0], "%s reads successes and failures: it needs on_time, missed or a share without links", readings[0])
	}
	if (m.Slope != nil || m.Load || m.Dips != nil || m.Explained) && len(m.OnTime) == 0 {
		report(readings[0], "%s needs on_time", readings[0])
	}
	if len(m.AtRisk) > 0 && !m.OfObligations() {
		report("at_risk", "at_risk is known of obligations: it needs on_time, missed or early")
	}
	if m.OlderThanDays != 0 && len(m.Overdue) == 0 || m.OlderThanDays < 0 {
		report("older_than_days", "older_than_days is a number of days of what is overdue")
	}
	c.validateMeasured(m.Early, report.Below("early"))
	c.validateMatches(m.InCases, report.Below("in_cases"))
	c.validateMeasured(m.OnTime, report.Below("on_time"))
	c.validateMeasured(m.Missed, report.Below("missed"))
	c.validateMeasured(m.Overdue, report.Below("overdue"))
	c.validateBase(m, report)
	c.validateReading(m, report)
}

func (c *loader) validateBase(m *law.Measure, report source.Report) {
	switch {
	case m.Share != nil:
		c.validateShare(m.Share, report.Below("share"))
	case m.Ratio != nil:
		report := report.Below("ratio")
		c.validateQuantity(m.Ratio.Numerator, report.Below("numerator"))
		c.validateQuantity(m.Ratio.Denominator, report.Below("denominator"))
		c.validatePer(m.Ratio.Per, report, m.Ratio.Numerator.Of, m.Ratio.Denominator.Of)
	case m.Latest != nil:
		c.validateLatest(m.Latest, report.Below("latest"))
	case m.Count != nil:
		report := report.Below("count")
		c.validateSome(m.Count.Of, report.Below("of"))
		c.validatePer(m.Count.Per, report, m.Count.Of)
		validateQuantile(m.Count.Quantile, true, report)
		if m.Count.Quantile != 0 && m.Count.MoreThan != 0 {
			report("more_than", "give quantile or more_than, not both")
		}
		if m.Count.MoreThan < 0 {
			report("more_than", "more_than is %d, expected none below zero", m.Count.MoreThan)
		}
	case m.Wait != nil:
		report := report.Below("wait")
		c.validateSome(m.Wait.From, report.Below("from"))
		c.validateSome(m.Wait.To, report.Below("to"))
		c.validateMatches(m.Wait.Competing, report.Below("competing"))
		c.validatePer(m.Wait.Per, report, m.Wait.From, m.Wait.To)
		validateQuantile(m.Wait.Quantile, false, report)
	case m.LimitRatio != nil:
		report := report.Below("limit_to_wait")
		if len(m.LimitRatio.Duties) == 0 {
			report("duties", "duties are missing")
		}
		c.validateMeasured(m.LimitRatio.Duties, report.Below("duties"))
		validateQuantile(m.LimitRatio.Quantile, false, report)
	case m.InForce != nil:
		report := report.Below("in_force")
		c.validateSome(m.InForce.Of, report.Below("of"))
		c.validateMatches(m.InForce.Until, report.Below("until"))
		c.validateSome(m.InForce.With, report.Below("with"))
		c.validatePer(m.InForce.Per, report, m.InForce.Of)
		if m.InForce.Days < 0 {
			report("rate_per_days", "rate_per_days is below zero")
		}
	case m.Coverage != nil:
		report := report.Below("coverage")
		c.validateMatches(m.Coverage.Of, report.Below("of"))
		c.validateSome(m.Coverage.By, report.Below("by"))
		if m.Coverage.Digits() == 0 {
			report("level", "level is %q, expected department, province or district", m.Coverage.Level)
		}
	case m.Mismatch != nil:
		report := report.Below("mismatch")
		c.validateSome(m.Mismatch.Of, report.Below("of"))
		for i, field := range m.Mismatch.Fields {
			report.Err(source.Item("fields", i), c.validateSomeField(m.Mismatch.Of, field))
		}
		if len(m.Mismatch.Fields) == 0 {
			report("fields", "fields are missing")
		}
	}
}

func (c *loader) validateReading(m *law.Measure, report source.Report) {
	switch {
	case m.Gap != nil:
		c.validateGap(m.Gap, report.Below("gap"))
	case m.Units != nil:
		report := report.Below("units")
		if !slices.Contains([]string{law.StatSpread, law.StatBest}, m.Units.Stat) {
			report("stat", "stat is %q, expected %s or %s", m.Units.Stat, law.StatSpread, law.StatBest)
		}
		c.validateKinds(m.Units.Kinds, "kinds", report)
		if m.Units.AtLeast < 1 {
			report("at_least", "at_least must be 1 or more")
		}
	case m.After != nil:
		c.validateSome(m.After.Mark, report.Below("after.mark"))
	case m.Shock != nil:
		c.validateSome(m.Shock.Declared, report.Below("shock.declared"))
		report.Err("shock.until", c.validateSomeField(m.Shock.Declared, m.Shock.Until))
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

func (c *loader) validateGap(g *law.Gap, report source.Report) {
	ways := 0
	for _, given := range []bool{len(g.Group) > 0, g.Places != "", g.Hours != nil} {
		if given {
			ways++
		}
	}
	if ways != 1 || len(g.Against) > 0 && len(g.Group) == 0 {
		report("", "tell groups apart in exactly one way: group (and against), places or hours")
	}
	c.validateMatches(g.Group, report.Below("group"))
	c.validateMatches(g.Against, report.Below("against"))
	if g.Places != "" && !c.HasAttribute(g.Places) {
		report("places", "places have no attribute %q", g.Places)
	}
	if h := g.Hours; h != nil && (c.Calendars[h.Calendar] == nil || h.From < 0 || h.To > 24 || h.From >= h.To) {
		report("hours", "hours need a calendar and a span of the day, found %q from %d to %d", h.Calendar, h.From, h.To)
	}
}

func (c *loader) validateShare(s *law.Share, report source.Report) {
	c.validateSome(s.Of, report.Below("of"))
	c.validateMatches(s.With, report.Below("with"))
	c.validateMatches(s.Without, report.Below("without"))
	c.validateMatches(s.Before, report.Below("before"))
	c.validatePer(s.Per, report, s.Of)
	if len(s.With)+len(s.Without) == 0 && s.Linked == nil {
		report("", "with, without or linked is needed")
	}
	if s.All && len(s.With) < 2 {
		report("all", "all needs two or more in with")
	}
	for i, field := range s.Stated {
		report.Err(source.Item("stated", i), c.validateEveryField(s.Of, field))
	}
	if w := s.Within; w != nil && (w.Hours < 0 || w.Days < 0 || w.Months < 0 || *w == law.Span{}) {
		report("within", "within must be longer than nothing")
	}
	if l := s.Linked; l != nil {
		c.validateSome(l.By, report.Below("linked.by"))
		report.Err("linked.field", c.validateEveryField(l.By, l.Field))
		if l.Key != law.PerCase && l.Key != law.LinkByID {
			report.Err("linked.key", c.validateEveryField(s.Of, l.Key))
		}
	}
	if len(s.Per) > 0 && s.Per[0] != law.PerEvent {
		return
	}
	for where, list := range map[string]law.Matches{"with": s.With, "without": s.Without} {
		for i, m := range list {
			if !slices.ContainsFunc(s.Of, func(of law.Match) bool { return of.Type == m.Type }) {
				report(source.Item(where, i), "per event, with and without describe the event itself: %s is not in of", m.Type)
			}
		}
	}
}

func (c *loader) validateQuantity(q law.Quantity, report source.Report) {
	c.validateSome(q.Of, report.Below("of"))
	if q.Field != "" {
		report.Err("field", c.validateEveryField(q.Of, q.Field))
	}
}

func (c *loader) validateLatest(l *law.Latest, report source.Report) {
	c.validateSome(l.Report, report.Below("report"))
	for _, of := range []struct{ key, field string }{{"numerator", l.Numerator}, {"minus", l.Minus}, {"denominator", l.Denominator}} {
		if of.field != "" {
			report.Err(of.key, c.validateEveryField(l.Report, of.field))
		}
	}
	if l.Numerator == "" {
		report("numerator", "numerator is missing")
	}
}

// validateSome checks descriptions of events of which there must be one.
func (c *loader) validateSome(m law.Matches, report source.Report) {
	if len(m) == 0 {
		report("", "no event is described")
	}
	c.validateMatches(m, report)
}

// validateEveryField leaves unknown event types to where they are described.
func (c *loader) validateEveryField(m law.Matches, field string) error {
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

func (c *loader) validateSomeField(m law.Matches, field string) error {
	var err error
	for _, one := range m {
		if err = c.validateField(one.Type, field, nil); err == nil {
			return nil
		}
	}
	return err
}

// validatePer checks that fields which name an instance are in all its events.
func (c *loader) validatePer(per source.Strings, report source.Report, of ...law.Matches) {
	for i, field := range per {
		at := source.Item("per", i)
		if field == law.PerEvent || field == law.PerCase {
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

// validateMeasured checks a list of duties whose obligations are counted.
func (c *loader) validateMeasured(ids source.Strings, report source.Report) {
	for i, id := range ids {
		d, ok := c.Duty(id)
		switch {
		case id == law.AllDuties && len(ids) == 1:
		case !ok:
			report(source.Item("", i), "unknown duty %q", id)
		case d.NeverARow:
			report(source.Item("", i), "duty %s is never a row: there is nothing to count", id)
		}
	}
}

func validateQuantile(q float64, mayBeZero bool, report source.Report) {
	if q > 0 && q < 1 || q == 0 && mayBeZero {
		return
	}
	report("quantile", "quantile is %v, expected a number between 0 and 1", q)
}
