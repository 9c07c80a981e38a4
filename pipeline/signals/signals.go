// Package signals says how strongly the signals of the catalogue speak for a cause of
// implementation gaps, in words. A signal suggests a cause, it does not prove it.
package signals

import (
	"slices"

	"amparo/pipeline/indicator"
	"amparo/schemas/law"
)

// A Strength says in a word how strongly its signals speak for a cause.
type Strength string

// The strengths.
const (
	NoSign          Strength = "none"
	Weak            Strength = "weak"
	Moderate        Strength = "moderate"
	Strong          Strength = "strong"
	UnknownStrength Strength = "unknown" // too few signals have a value
)

// Parameters of the project: which share of the signals that have a value must be
// beyond their threshold, and how many signals must have a value at all.
const (
	moderateShare   = 0.25
	strongShare     = 0.5
	strongSignals   = 2      // one signal alone is never strong
	knownSignals    = 2      // with a value, to say anything
	knownShareOfAll = 1. / 3 // of all signals of the cause
)

// SignalCaution is what has to stand beside every signal.
var SignalCaution = law.Text{
	ES: "Una señal sugiere una causa, no la prueba; los umbrales son parámetros del proyecto.",
	EN: "A signal suggests a cause, it does not prove it; the thresholds are project parameters.",
}

// StrengthRule says these parameters to a reader.
var StrengthRule = law.Text{
	ES: "Indicio: fuerte si la mitad o más de las señales con valor están más allá de su umbral (y al menos dos), moderado si la cuarta\n" +
		"parte o más, débil si menos. No se sabe si tienen valor menos de dos señales, o menos de la tercera parte.",
	EN: "Sign: strong if half or more of the signals with a value are beyond their threshold (and two at least), moderate if a quarter\n" +
		"or more, weak if fewer. Unknown if fewer than two signals, or fewer than a third, have a value.",
}

// StrengthOf says how strongly it speaks for a cause that some of its signals are
// beyond their threshold: of those that have a value, of all. A signal suggests a
// cause and does not prove it, so strong means that many do, not that it is so.
func StrengthOf(beyond, withValue, all int) Strength {
	share := float64(beyond) / float64(max(1, withValue))
	switch {
	case withValue < knownSignals || float64(withValue) < knownShareOfAll*float64(all):
		return UnknownStrength
	case beyond == 0:
		return NoSign
	case share >= strongShare && beyond >= strongSignals:
		return Strong
	case share >= moderateShare:
		return Moderate
	}
	return Weak
}

// Title says a strength to a reader.
func (s Strength) Title() law.Text {
	return map[Strength]law.Text{
		NoSign: {ES: "ninguno", EN: "none"}, Weak: {ES: "débil", EN: "weak"}, Moderate: {ES: "moderado", EN: "moderate"},
		Strong: {ES: "fuerte", EN: "strong"}, UnknownStrength: {ES: "no se sabe", EN: "unknown"},
	}[s]
}

// Signs are the signals of one cause in one region and window.
type Signs struct {
	All       []*indicator.Value // also those without a value
	WithValue int                // that can be told from chance
	Beyond    int
}

// SignsOf picks the signals of a cause from a count.
func SignsOf(values []indicator.Value, cause, region string, window indicator.Window) Signs {
	var s Signs
	for i := range values {
		v := &values[i]
		if v.Region != region || v.Window != window || !slices.Contains(v.Indicator.Causes, cause) {
			continue
		}
		s.All = append(s.All, v)
		if v.Judgeable() {
			s.WithValue++
		}
		if v.Beyond() {
			s.Beyond++
		}
	}
	return s
}

// Strength says how strongly the signals speak for the cause.
func (s Signs) Strength() Strength { return StrengthOf(s.Beyond, s.WithValue, len(s.All)) }
