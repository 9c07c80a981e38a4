package law

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const indicatorsFile = "indicators.yaml"

// loadIndicators reads the indicators and what they lean on, and checks them
// against the rest of the catalogue. All of it is optional.
func (c *Catalogue) loadIndicators(fsys fs.FS) error {
	if err := c.readAttributes(fsys); err != nil {
		return err
	}
	if err := c.loadStudy(fsys); err != nil {
		return err
	}
	err := readYAML(fsys, indicatorsFile, &c.Indicators)
	if errors.Is(err, fs.ErrNotExist) {
		return c.loadArticles(fsys)
	}
	if err != nil {
		return err
	}
	lines, err := pathLines(fsys, indicatorsFile)
	if err != nil {
		return err
	}
	var errs []error
	seen := map[string]bool{}
	for i, ind := range c.Indicators {
		at := fmt.Sprintf("[%d]", i)
		report := func(where string, err error) {
			line, ok := lines[at+"."+where]
			if !ok {
				line = lines[at]
			}
			errs = append(errs, &FileError{File: indicatorsFile, Line: line, Err: fmt.Errorf("indicator %s: %w", ind.ID, err)})
		}
		if seen[ind.ID] {
			report("id", errors.New("listed twice"))
		}
		seen[ind.ID] = true
		c.validateIndicator(ind, report)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return c.loadArticles(fsys)
}

// pathLines maps every key of a file whose root is a list to its line:
// "[0].measure.share".
func pathLines(fsys fs.FS, name string) (map[string]int, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	file, err := parser.ParseBytes(b, 0)
	if err != nil || len(file.Docs) == 0 {
		return nil, &FileError{File: name, Line: 1, Err: errors.New("not a YAML document")}
	}
	root, ok := file.Docs[0].Body.(*ast.SequenceNode)
	if !ok {
		return nil, &FileError{File: name, Line: 1, Err: errors.New("expected a list")}
	}
	lines := map[string]int{}
	for i, item := range root.Values {
		at := fmt.Sprintf("[%d]", i)
		lines[at] = item.GetToken().Position.Line
		addPathLines(lines, at, item)
	}
	return lines, nil
}

func addPathLines(lines map[string]int, at string, node ast.Node) {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		return
	}
	for _, entry := range mapping.Values {
		key := at + "." + entry.Key.GetToken().Value
		lines[key] = entry.Key.GetToken().Position.Line
		addPathLines(lines, key, entry.Value)
	}
}

// validateIndicator checks everything but the measure, then the measure.
func (c *Catalogue) validateIndicator(ind *Indicator, report func(where string, err error)) {
	if ind.ID == "" {
		report("id", errors.New("id is missing"))
	}
	for _, text := range []struct {
		where string
		Text
	}{{"title", ind.Title}, {"numerator", ind.Numerator}, {"denominator", ind.Denominator}, {"cannot_see", ind.CannotSee}} {
		if text.ES == "" || text.EN == "" {
			report(text.where, fmt.Errorf("%s is needed in Spanish and English", text.where))
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
			report(choice.where, fmt.Errorf("%s is %q, expected one of %v", choice.where, choice.value, choice.of))
		}
	}
	if len(ind.Implications)+len(ind.Causes) == 0 {
		report("id", errors.New("give an implication or a cause"))
	}
	for _, id := range ind.Implications {
		if !slices.ContainsFunc(c.Implications, func(i Implication) bool { return i.ID == id }) {
			report("implications", fmt.Errorf("unknown implication %q", id))
		}
	}
	for _, id := range ind.Causes {
		if !slices.ContainsFunc(c.Causes, func(cause Cause) bool { return cause.ID == id }) {
			report("causes", fmt.Errorf("unknown cause %q", id))
		}
	}
	for _, article := range ind.Articles {
		if !slices.ContainsFunc(c.Implications, func(i Implication) bool { return slices.Contains(i.Articles, article) }) {
			report("articles", fmt.Errorf("article %q is named by no implication", article))
		}
	}
	if ind.MinimumN < 1 {
		report("minimum_n", errors.New("minimum_n must be at least 1"))
	}
	if (len(ind.Causes) > 0) != (ind.Signal != nil) {
		report("signal", errors.New("an indicator of a cause needs a signal, and no other has one"))
	}
	if s := ind.Signal; s != nil && (s.Above == nil) == (s.Below == nil) {
		report("signal", errors.New("give exactly one of above and below"))
	}
	c.validateMeasure(&ind.Measure, func(where string, err error) { report("measure."+where, err) })
}

// validateMeasure checks that the measure has one base, at most one reading
// that fits it, and looks only at what the catalogue has.
func (c *Catalogue) validateMeasure(m *Measure, report func(where string, err error)) {
	if bases := m.bases(); len(bases) != 1 {
		report("", fmt.Errorf("give exactly one way of counting, found %v", bases))
		return
	}
	readings := m.readings()
	if len(readings) > 1 {
		report(readings[1], fmt.Errorf("give at most one reading, found %v", readings))
	}
	tells := len(m.OnTime) > 0 || len(m.Missed) > 0 || m.Share != nil && m.Share.Linked == nil
	if len(readings) == 1 && !tells {
		report(readings[0], fmt.Errorf("%s reads successes and failures: it needs on_time, missed or a share without links", readings[0]))
	}
	if (m.Slope != nil || m.Load) && len(m.OnTime) == 0 {
		report(readings[0], fmt.Errorf("%s needs on_time", readings[0]))
	}
	check := func(where string, errs ...error) {
		if err := errors.Join(errs...); err != nil {
			report(where, err)
		}
	}
	check("in_cases", c.validateMatches(m.InCases, true))
	check("on_time", c.validateDuties(m.OnTime))
	check("missed", c.validateDuties(m.Missed))
	check("overdue", c.validateDuties(m.Overdue))
	c.validateBase(m, check)
	c.validateReading(m, check)
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

func (c *Catalogue) validateBase(m *Measure, check func(where string, errs ...error)) {
	switch {
	case m.Share != nil:
		check("share", c.validateShare(m.Share))
	case m.Ratio != nil:
		check("ratio", c.validateQuantity(m.Ratio.Numerator), c.validateQuantity(m.Ratio.Denominator),
			c.validatePer(m.Ratio.Per, m.Ratio.Numerator.Of, m.Ratio.Denominator.Of))
	case m.Latest != nil:
		check("latest", c.validateLatest(m.Latest))
	case m.Count != nil:
		check("count", c.validateMatches(m.Count.Of, false), c.validatePer(m.Count.Per, m.Count.Of), validateQuantile(m.Count.Quantile, true))
		if m.Count.Quantile != 0 && m.Count.MoreThan != 0 {
			check("count", errors.New("give quantile or more_than, not both"))
		}
	case m.Wait != nil:
		check("wait", c.validateMatches(m.Wait.From, false), c.validateMatches(m.Wait.To, false), c.validateMatches(m.Wait.Competing, true),
			c.validatePer(m.Wait.Per, m.Wait.From, m.Wait.To), validateQuantile(m.Wait.Quantile, false))
	case m.LimitRatio != nil:
		check("limit_to_wait", c.validateDuties(m.LimitRatio.Duties), validateQuantile(m.LimitRatio.Quantile, false))
	case m.InForce != nil:
		f := m.InForce
		check("in_force", c.validateMatches(f.Of, false), c.validateMatches(f.Until, true), c.validateMatches(f.With, false),
			c.validatePer(f.Per, f.Of))
		if f.Days < 0 {
			check("in_force", errors.New("rate_per_days is below zero"))
		}
	case m.Coverage != nil:
		check("coverage", c.validateMatches(m.Coverage.Of, true), c.validateMatches(m.Coverage.By, false))
		if m.Coverage.Digits() == 0 {
			check("coverage", fmt.Errorf("level is %q, expected department, province or district", m.Coverage.Level))
		}
	case m.Mismatch != nil:
		check("mismatch", c.validateMatches(m.Mismatch.Of, false))
		for _, field := range m.Mismatch.Fields {
			check("mismatch", c.validateSomeField(m.Mismatch.Of, field))
		}
		if len(m.Mismatch.Fields) == 0 {
			check("mismatch", errors.New("fields are missing"))
		}
	case m.DutyShare != nil:
		for _, k := range slices.Concat(m.DutyShare.Kinds, m.DutyShare.Of) {
			if !slices.Contains([]Kind{Law, Target, Right}, k) {
				check("duty_share", fmt.Errorf("kind is %q, expected law, target or right", k))
			}
		}
	}
}

func (c *Catalogue) validateReading(m *Measure, check func(where string, errs ...error)) {
	switch {
	case m.Gap != nil:
		g := m.Gap
		ways := 0
		for _, given := range []bool{len(g.Group) > 0, g.Places != "", g.Hours != nil} {
			if given {
				ways++
			}
		}
		if ways != 1 || len(g.Against) > 0 && len(g.Group) == 0 {
			check("gap", errors.New("tell groups apart in exactly one way: group (and against), places or hours"))
		}
		check("gap", c.validateMatches(g.Group, true), c.validateMatches(g.Against, true))
		if g.Places != "" && !c.HasAttribute(g.Places) {
			check("gap", fmt.Errorf("places have no attribute %q", g.Places))
		}
		if h := g.Hours; h != nil && (c.Calendars[h.Calendar] == nil || h.From < 0 || h.To > 24 || h.From >= h.To) {
			check("gap", fmt.Errorf("hours need a calendar and a span of the day, found %q from %d to %d", h.Calendar, h.From, h.To))
		}
	case m.Units != nil:
		if !slices.Contains([]string{StatDispersion, StatBest}, m.Units.Stat) {
			check("units", fmt.Errorf("stat is %q, expected %s or %s", m.Units.Stat, StatDispersion, StatBest))
		}
		for _, kind := range m.Units.Kinds {
			if !c.isKind(kind) {
				check("units", fmt.Errorf("unknown kind of institution %q", kind))
			}
		}
		if m.Units.AtLeast < 1 {
			check("units", errors.New("at_least must be 1 or more"))
		}
	case m.After != nil:
		check("after", c.validateMatches(m.After.Mark, false))
	case m.Shock != nil:
		check("shock", c.validateMatches(m.Shock.Declared, false), c.validateSomeField(m.Shock.Declared, m.Shock.Until))
	case m.Dips != nil:
		if m.Dips.AtLeast < 1 || m.Dips.Drop <= 0 || m.Dips.Drop > 1 {
			check("dips", errors.New("at_least must be 1 or more and drop a share above zero"))
		}
	case m.Slope != nil:
		if !c.HasAttribute(m.Slope.Attribute) {
			check("slope", fmt.Errorf("places have no attribute %q", m.Slope.Attribute))
		}
		if m.Slope.Per <= 0 {
			check("slope", errors.New("per must be above zero"))
		}
	}
}

func (c *Catalogue) validateShare(s *Share) error {
	errs := []error{
		c.validateMatches(s.Of, false), c.validateMatches(s.With, true), c.validateMatches(s.Without, true),
		c.validateMatches(s.Before, true), c.validatePer(s.Per, s.Of),
	}
	if len(s.With)+len(s.Without) == 0 && s.Linked == nil {
		errs = append(errs, errors.New("with, without or linked is needed"))
	}
	if s.All && len(s.With) < 2 {
		errs = append(errs, errors.New("all needs two or more in with"))
	}
	for _, field := range s.Stated {
		errs = append(errs, c.validateEveryField(s.Of, field))
	}
	if w := s.Within; w != nil && (w.Hours < 0 || w.Days < 0 || w.Months < 0 || *w == Span{}) {
		errs = append(errs, errors.New("within must be longer than nothing"))
	}
	if l := s.Linked; l != nil {
		errs = append(errs, c.validateMatches(l.By, false), c.validateEveryField(l.By, l.Field))
		if l.Key != PerCase && l.Key != LinkByID {
			errs = append(errs, c.validateEveryField(s.Of, l.Key))
		}
	}
	if len(s.Per) == 0 || s.Per[0] == PerEvent {
		for _, m := range slices.Concat(s.With, s.Without) {
			if !slices.ContainsFunc(s.Of, func(of Match) bool { return of.Type == m.Type }) {
				errs = append(errs, fmt.Errorf("per event, with and without describe the event itself: %s is not in of", m.Type))
			}
		}
	}
	return errors.Join(errs...)
}

// LinkByID is the Key of links that name an event by its id.
const LinkByID = "id"

func (c *Catalogue) validateQuantity(q Quantity) error {
	if q.Field == "" {
		return c.validateMatches(q.Of, false)
	}
	return errors.Join(c.validateMatches(q.Of, false), c.validateEveryField(q.Of, q.Field))
}

func (c *Catalogue) validateLatest(l *Latest) error {
	errs := []error{c.validateMatches(l.Report, false)}
	for _, field := range []string{l.Numerator, l.Minus, l.Denominator} {
		if field != "" {
			errs = append(errs, c.validateEveryField(l.Report, field))
		}
	}
	if l.Numerator == "" {
		errs = append(errs, errors.New("numerator is missing"))
	}
	return errors.Join(errs...)
}

// validateMatches refuses descriptions that fit no event of the catalogue.
func (c *Catalogue) validateMatches(m Matches, mayBeEmpty bool) error {
	if len(m) == 0 && !mayBeEmpty {
		return errors.New("no event is described")
	}
	p := m.Pattern()
	return c.validatePattern(&p)
}

func (c *Catalogue) validateEveryField(m Matches, field string) error {
	for _, one := range m {
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
func (c *Catalogue) validatePer(per stringList, of ...Matches) error {
	for _, field := range per {
		if field == PerEvent || field == PerCase {
			if len(per) > 1 {
				return fmt.Errorf("per: %s stands alone", field)
			}
			continue
		}
		if err := c.validateEveryField(slices.Concat(of...), field); err != nil {
			return fmt.Errorf("per: %w", err)
		}
	}
	return nil
}

// AllDuties in a list of duties stands for all with a number in the law.
const AllDuties = "*"

func (c *Catalogue) validateDuties(ids stringList) error {
	for _, id := range ids {
		if _, ok := c.byID[id]; !ok && id != AllDuties {
			return fmt.Errorf("unknown duty %q", id)
		}
	}
	return nil
}

func validateQuantile(q float64, mayBeZero bool) error {
	if q > 0 && q < 1 || q == 0 && mayBeZero {
		return nil
	}
	return fmt.Errorf("quantile is %v, expected a number between 0 and 1", q)
}
