package law

// An Indicator is a number with a legal meaning, as the catalogue defines it:
// the definition is data, the counting is code.
type Indicator struct {
	ID           string   `yaml:"id"`
	Title        Text     `yaml:"title"`
	Implications []string `yaml:"implications"`
	Causes       []string `yaml:"causes"`
	Numerator    Text     `yaml:"numerator"`
	Denominator  Text     `yaml:"denominator"`
	Unit         string   `yaml:"unit"`      // share, rate, count, hours, days, points
	Direction    string   `yaml:"direction"` // higher or lower is better, or neutral
	Articles     []string `yaml:"articles"`
	Source       string   `yaml:"source"` // case-events, registers, proxy
	CannotSee    Text     `yaml:"cannot_see"`
	MinimumN     int      `yaml:"minimum_n"`
	Measure      Measure  `yaml:"measure"`
}

// A Measure says how an indicator is counted. Further forms are added with the
// indicators that need them.
type Measure struct {
	// OnTime counts obligations: done in time over due, of these duties; "*"
	// for all of kind law.
	OnTime stringList `yaml:"on_time,omitempty"`
}
