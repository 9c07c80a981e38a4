package present

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"amparo/pipeline/comparison"
	"amparo/schemas/law"
)

// The policy for numbers. n is what a share is taken of: obligations that have
// fallen due, or whatever an indicator counts; never cases or persons.
const (
	// MinimumRate is the least n of which a rate is told. An indicator of the
	// catalogue may state its own, where it counts units of which there are few.
	MinimumRate = comparison.MinimumRate
	// MinimumFlag is the least n of which a rate stands unmarked, and from which
	// on a verdict may rest on it.
	MinimumFlag = comparison.MinimumFlag
	// decimalFrom is the n from which on a percentage has a decimal.
	decimalFrom = 1000
)

// FewMark stands behind a rate of few cases.
const FewMark = "†"

// FewLegend says what the mark means.
var FewLegend = law.Text{
	ES: FewMark + " menos de 30: orientativo. " + nothing + " muy pocos, o sin dato: no se da una tasa.",
	EN: FewMark + " fewer than 30: indicative. " + nothing + " too few, or no data: no rate is given.",
}

// Rated reports whether a rate of n may be told at all.
func Rated(n int64) bool { return n >= MinimumRate }

// Few reports whether a rate of n is told, but marked.
func Few(n int64) bool { return Rated(n) && n < MinimumFlag }

// Count writes a count as in Peru: 1,234,567.
func Count(n int64) string { return Fixed(float64(n), 0) }

// Fixed writes a number with so many decimals and its thousands apart. What is
// rounded to zero has no sign.
func Fixed(v float64, decimals int) string {
	text := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if v < 0 && strings.Trim(text, "0.") != "" {
		return "−" + whole
	}
	return whole
}

// Percent writes a share of n as a percentage, with one decimal where n carries
// it. A share that is neither none nor all never reads as none or all.
func Percent(share float64, n int64) string {
	decimals := 0
	if n >= decimalFrom {
		decimals = 1
	}
	step := math.Pow10(-decimals)
	switch v := 100 * share; {
	case v > 0 && v < step/2:
		return "<" + Fixed(step, decimals) + "%"
	case v < 100 && v > 100-step/2:
		return ">" + Fixed(100-step, decimals) + "%"
	default:
		return Fixed(v, decimals) + "%"
	}
}

// Rate writes a share of n as the policy asks: not at all, marked, or plain.
func Rate(share float64, n int64) string {
	switch {
	case !Rated(n):
		return nothing
	case Few(n):
		return Percent(share, n) + FewMark
	}
	return Percent(share, n)
}

// RateWithin writes a rate with its interval.
func RateWithin(share, low, high float64, n int64, lang string) string {
	if !Rated(n) {
		return nothing
	}
	return fmt.Sprintf("%s (%s)", Rate(share, n), Range(Percent(low, n), Percent(high, n), lang))
}

// Range writes a range: words between its ends, since a dash is read as a minus.
func Range(low, high, lang string) string {
	return low + Say(" a ", " to ").In(lang) + high
}

// differenceDecimals are the most decimals that a difference is written with.
const differenceDecimals = 4

// Difference writes a difference of shares in percentage points with its interval.
// All three have as many decimals, one or more, as keep an end that is not zero
// from reading as zero: an interval that leaves out zero must not seem to hold it.
func Difference(estimate, low, high float64) (value, from, to string) {
	decimals := 1
	for decimals < differenceDecimals && (vanishes(low, decimals) || vanishes(high, decimals)) {
		decimals++
	}
	return signed(100*estimate, decimals), signed(100*low, decimals), signed(100*high, decimals)
}

// vanishes reports whether a share that is not zero would read as zero points.
func vanishes(share float64, decimals int) bool {
	return share != 0 && math.Abs(100*share) < math.Pow10(-decimals)/2
}

func signed(v float64, decimals int) string {
	text := Fixed(v, decimals)
	if v > 0 && strings.Trim(text, "0.") != "" {
		return "+" + text
	}
	return text
}

// Points writes a difference of shares alone, in words.
func Points(share float64, lang string) string {
	text, _, _ := Difference(share, share, share)
	return text + " " + Unit("points", lang)
}

// Level writes a confidence as a percentage: 95%, 99.7%.
func Level(share float64) string {
	return strings.TrimRight(strings.TrimRight(Fixed(100*share, 2), "0"), ".") + "%"
}

// Amount writes a number in its unit, in words, as the policy asks for its n. It
// is the one way to write an indicator's value.
func Amount(v float64, unit string, n int64, lang string) string {
	switch {
	case unit == "count":
		return Count(int64(math.Round(v)))
	case !Rated(n):
		return nothing
	}
	return told(v, unit, n, lang)
}

// told writes a number of n that may be told, marked where n is small.
func told(v float64, unit string, n int64, lang string) string {
	if unit != "count" && n < MinimumFlag {
		return Threshold(v, unit, n, lang) + FewMark
	}
	return Threshold(v, unit, n, lang)
}

// Threshold writes a number in its unit that rests on no cases: a limit, a margin.
func Threshold(v float64, unit string, n int64, lang string) string {
	switch unit {
	case "count":
		return Count(int64(math.Round(v)))
	case "share":
		return Percent(v, n)
	case "points":
		return Points(v, lang)
	case "hours", "days":
		return Fixed(v, decimalsOf(v)) + " " + unitFor(v, unit, lang)
	}
	return Fixed(v, decimalsOf(v))
}

// decimalsOf is how many decimals a reader can use: two below one, one below a
// hundred, none where a number is whole or larger.
func decimalsOf(v float64) int {
	switch size := math.Abs(v); {
	case size >= 100 || v == math.Trunc(v):
		return 0
	case size < 1:
		return 2
	}
	return 1
}

func unitFor(v float64, unit, lang string) string {
	if v == 1 {
		return map[string]law.Text{"hours": Say("hora", "hour"), "days": Say("día", "day")}[unit].In(lang)
	}
	return Unit(unit, lang)
}

// Unit is a unit in words.
func Unit(unit, lang string) string { return UnitWord(unit).In(lang) }

// UnitWord is a unit in words, in both languages.
func UnitWord(unit string) law.Text { return word(units, unit) }

var units = map[string]law.Text{
	"share":  {ES: "porcentaje", EN: "percentage"},
	"points": {ES: "puntos", EN: "points"},
	"hours":  {ES: "horas", EN: "hours"},
	"days":   {ES: "días", EN: "days"},
	"count":  {ES: "número", EN: "number"},
	"rate":   {ES: "tasa", EN: "rate"},
	"ratio":  {ES: "razón", EN: "ratio"},
}
