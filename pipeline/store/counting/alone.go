package counting

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ObligationsAlone counts the obligations of a cut that another store does not
// have, by key.
func (s *Counts) ObligationsAlone(ctx context.Context, other *Counts, c Cut) ([]ObligationCount, error) {
	which, args := c.where()
	by, names, row := c.parts()
	all := append([]any{c.AsOf.UnixMilli()}, args...)
	all = append(append(all, c.AsOf.UnixMilli()), args...)
	sql := s.text("obligation_alone", "{by}", by, "{names}", names, "{which}", which, "{other}", other.db.Database())
	return rowsOf(ctx, s, "obligation_alone", sql, func(rows driver.Rows, n *ObligationCount) error {
		into, values := row()
		err := rows.Scan(append(into, (*string)(&n.Basis.Kind), &n.Basis.Confidence, (*string)(&n.Status), &n.Every)...)
		n.Parts = values()
		return err
	}, all...)
}
