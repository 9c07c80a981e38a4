package law

import (
	"fmt"
	"time"
)

// A Date is a civil date, counted in days since 1970-01-01. The law counts
// dates, not instants; a Date has no zone.
type Date int32

// NewDate returns the civil date. Out-of-range months and days are normalised
// as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay) //nolint:gosec // It fits.
}

const secondsPerDay = 24 * 60 * 60

// DateOf returns the civil date of an instant in a zone.
func DateOf(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return NewDate(y, m, d)
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date of the form 2006-01-02", s)
	}
	return Date(t.Unix() / secondsPerDay), nil //nolint:gosec // It fits.
}

// civil returns the date at midnight UTC, for its fields.
func (d Date) civil() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// Year returns the calendar year.
func (d Date) Year() int { return d.civil().Year() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.civil().Weekday() }

// String prints YYYY-MM-DD.
func (d Date) String() string { return d.civil().Format(time.DateOnly) }

// Start is the first instant of the date in a zone.
func (d Date) Start(zone *time.Location) time.Time {
	y, m, day := d.civil().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone).UTC()
}

// AddMonths goes date to date; a missing date becomes the month's last day
// (31 January plus one month is 28 or 29 February).
func (d Date) AddMonths(n int) Date {
	y, m, day := d.civil().Date()
	first := time.Date(y, m+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return NewDate(first.Year(), first.Month(), min(day, last))
}

// Easter is Easter Sunday of a year (Meeus, Jones and Butcher's Gregorian
// algorithm).
func Easter(year int) Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 19*l) / 433
	month := (h + l - 7*m + 90) / 25
	day := (h + l - 7*m + 33*month + 19) % 32
	return NewDate(year, time.Month(month), day)
}
