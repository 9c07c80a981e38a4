package counting

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/pipeline/obligation"
)

// A FirstDeadline is the first deadline of obligations that share a status and all that
// a cut tells apart.
type FirstDeadline struct {
	Parts
	Status obligation.Status
	At     time.Time
}

// FirstDeadlines looks, at an instant, for the first deadline of what is open and of what
// is missed.
func (s *Counts) FirstDeadlines(ctx context.Context, c Cut) ([]FirstDeadline, error) {
	c.Only = []obligation.Status{obligation.Open, obligation.Missed}
	at := s.counting
	if at == nil {
		return s.deadlines(ctx, &c, fmt.Sprintf("obligations_at(as_of = %d)", c.AsOf.UnixMilli()))
	}
	// The first of what rests stays the first, unless just that was taken back.
	kept, err := s.keptDeadlines(ctx, c)
	if err != nil {
		return nil, err
	}
	taken, err := s.deadlines(ctx, &c, s.views.At("obligations", c.AsOf, fmt.Sprintf("SELECT * FROM %s.obligations WHERE sign < 0", at.since)))
	if err != nil {
		return nil, err
	}
	if firstTaken(kept, taken) {
		return s.deadlines(ctx, &c, s.standing(&c, fmt.Sprintf("rests < %d", ended)))
	}
	moving, err := s.deadlines(ctx, &c, s.standing(&c, fmt.Sprintf("rests < %d", resting)))
	return append(kept, moving...), err
}

// standing are the rows of a closing that nothing takes back, and those that stand in
// their place.
func (s *Counts) standing(c *Cut, which string) string {
	at := s.counting
	return s.views.At("obligations", c.AsOf, fmt.Sprintf("SELECT * FROM %[1]s.obligations WHERE %[3]s AND (case_id, duty, instance) NOT IN (SELECT case_id, duty, instance FROM %[2]s.obligations WHERE sign < 0)"+
		" UNION ALL SELECT * FROM %[2]s.obligations WHERE sign > 0", at.closing.Name, at.since, which))
}

// deadlines asks for first deadlines in some rows.
func (s *Counts) deadlines(ctx context.Context, c *Cut, rows string) ([]FirstDeadline, error) {
	by, names, row := c.parts()
	sql, args := c.text(s, "first_deadlines", nil, "{by}", by, "{names}", names)
	return s.scanDeadlines(ctx, strings.ReplaceAll(sql, "{rows}", rows), row, args)
}

func (s *Counts) scanDeadlines(ctx context.Context, sql string, row func() ([]any, func() Parts), args []any) ([]FirstDeadline, error) {
	return rowsOf(ctx, s, "first_deadlines", sql, func(rows driver.Rows, n *FirstDeadline) error {
		into, values := row()
		err := rows.Scan(append(into, (*string)(&n.Status), &n.At)...)
		n.Parts = values()
		return err
	}, args...)
}

// keptDeadlines are the first deadlines of what rests undone, which are looked for once.
func (s *Counts) keptDeadlines(ctx context.Context, c Cut) ([]FirstDeadline, error) {
	at := s.counting.closing
	by, names, row := c.parts()
	sql, args := c.text(s, "first_deadlines", at, "{by}", by, "{names}", names)
	kept, err := s.keptTable(ctx, asked{at.text(sql, s.views.At("obligations", at.At,
		fmt.Sprintf("SELECT * FROM %s.obligations WHERE rests %s", at.Name, isUndone))), args})
	if err != nil {
		return nil, fmt.Errorf("look for the first deadlines of what rests: %w", err)
	}
	return s.scanDeadlines(ctx, fmt.Sprintf("SELECT %s status, first_due FROM %s", names, kept), row, nil)
}

// firstTaken reports whether one of the first deadlines may have been taken back.
func firstTaken(kept, taken []FirstDeadline) bool {
	first := map[string]time.Time{}
	key := func(d *FirstDeadline) string { return fmt.Sprint(d.Parts, d.Status) }
	for i := range kept {
		first[key(&kept[i])] = kept[i].At
	}
	for i := range taken {
		if at, ok := first[key(&taken[i])]; ok && !taken[i].At.After(at) {
			return true
		}
	}
	return false
}
