package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"amparo/pipeline/contribution"
	"amparo/pipeline/store/columns"
)

// Contributions are the rows of one role that one subject adds to the indicators;
// none take back those that it added before.
type Contributions struct {
	CaseID    string
	Role      contribution.Role
	Rows      []contribution.Row
	Catalogue string
	Version   uint64 // highest stream sequence that the fold had seen

	digest uint64 // as it was last asked for
}

// Digest is a hash of everything that is stored of them, to tell whether a fold
// changed it. It is made once: nothing may be changed after it.
func (c *Contributions) Digest() uint64 {
	if c.digest == 0 {
		c.digest = c.sum()
	}
	return c.digest
}

func (c *Contributions) sum() uint64 {
	h := xxhash.New()
	text := func(s string) {
		h.WriteString(s)      //nolint:errcheck // A hash never fails.
		h.Write([]byte{0xff}) //nolint:errcheck // Nor here; 0xff is in no text.
	}
	var b [8]byte
	number := func(n uint64) {
		for i := range b {
			b[i] = byte(n >> (8 * i)) //nolint:gosec // It fits.
		}
		h.Write(b[:]) //nolint:errcheck // Nor here.
	}
	text(c.Catalogue)
	for i := range c.Rows {
		r := &c.Rows[i]
		for _, s := range []string{r.Indicator, r.Place, r.Region, r.Unit} {
			text(s)
		}
		for _, n := range []int64{int64(r.Side), int64(r.Low), int64(flag(r.Untold)), milli(r.At), milli(r.Told), milli(r.Until), int64(r.Ended)} {
			number(uint64(n)) //nolint:gosec // Any bits will do.
		}
		number(math.Float64bits(r.Numerator))
		number(math.Float64bits(r.Denominator))
		number(r.Key)
		for _, t := range r.Deeds {
			number(uint64(milli(t))) //nolint:gosec // Any bits will do.
		}
	}
	return h.Sum64()
}

// milli is an instant in milliseconds, 0 for none.
func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func flag(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// InsertContributions stores what subjects add in one insert that is on disk when
// it returns.
func (s *Store) InsertContributions(ctx context.Context, list []Contributions) error {
	return s.insertContributions(ctx, "contributions", list)
}

func (s *Store) insertContributions(ctx context.Context, table string, list []Contributions) error {
	if len(list) == 0 {
		return nil
	}
	c := contributionSets.take()
	defer contributionSets.put(c)
	c.set.Reset()
	for _, i := range inOrder(list) {
		c.add(&list[i])
	}
	if err := c.set.Insert(ctx, s.conn, s.inside, s.text("insert_contributions", "{table}", table)); err != nil {
		return fmt.Errorf("insert %d contributions: %w", len(list), classify(err))
	}
	return nil
}

// inOrder lists contributions in the order in which the table has them: what comes
// in order ClickHouse need not sort.
func inOrder(list []Contributions) []int {
	order := make([]int, len(list))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if c := strings.Compare(string(list[a].Role), string(list[b].Role)); c != 0 {
			return c
		}
		return strings.Compare(list[a].CaseID, list[b].CaseID)
	})
	return order
}

// contributionColumns are the columns of contributions.
type contributionColumns struct {
	set                            columns.Set
	role, catalogue                *columns.Word
	caseID                         *columns.Text
	indicator, place, region, unit *columns.Words
	side, low, ended               *columns.Signs
	untold                         *columns.Flags
	at, told, until                *columns.InstantLists
	numerator, denominator         *columns.Quantities
	key                            *columns.Numbers
	deeds                          *columns.InstantListLists
	digest, version                *columns.Number
}

var contributionSets = room(func() *contributionColumns {
	c := &contributionColumns{}
	s := &c.set
	c.role, c.caseID = s.Word("role"), s.Text("case_id")
	c.indicator, c.place, c.region, c.unit = s.Words("indicator"), s.Words("place"), s.Words("region"), s.Words("unit")
	c.side, c.low, c.untold = s.Signs("side"), s.Signs("low"), s.Flags("untold")
	c.at, c.told, c.until, c.ended = s.InstantLists("at"), s.InstantLists("told"), s.InstantLists("until"), s.Signs("ended")
	c.numerator, c.denominator, c.key = s.Quantities("numerator"), s.Quantities("denominator"), s.Numbers("key")
	c.deeds = s.InstantListLists("deeds")
	c.catalogue, c.digest, c.version = s.Word("catalogue"), s.Number("digest"), s.Number("version")
	return c
})

// add adds what one subject adds in one role.
func (c *contributionColumns) add(of *Contributions) {
	c.role.Append(string(of.Role))
	c.caseID.Append(of.CaseID)
	for i := range of.Rows {
		r := &of.Rows[i]
		c.indicator.Values.Append(r.Indicator)
		c.place.Values.Append(r.Place)
		c.region.Values.Append(r.Region)
		c.unit.Values.Append(r.Unit)
		c.side.Values.Append(int8(r.Side))
		c.low.Values.Append(int8(r.Low))
		c.untold.Values.Append(flag(r.Untold))
		c.at.Values.Append(r.At)
		c.told.Values.Append(r.Told)
		c.until.Values.Append(r.Until)
		c.ended.Values.Append(int8(r.Ended))
		c.numerator.Values.Append(r.Numerator)
		c.denominator.Values.Append(r.Denominator)
		c.key.Values.Append(r.Key)
		c.deeds.Values.Append(r.Deeds)
	}
	for _, list := range []interface{ End() }{
		c.indicator, c.place, c.region, c.unit, c.side, c.low, c.untold, c.at, c.told, c.until, c.ended, c.numerator, c.denominator, c.key, c.deeds,
	} {
		list.End()
	}
	c.catalogue.Append(of.Catalogue)
	c.digest.Append(of.Digest())
	c.version.Append(of.Version)
}

// A ContributionKey tells the contributions of subjects apart.
type ContributionKey struct {
	CaseID string
	Role   contribution.Role
}

// Key returns their key.
func (c *Contributions) Key() ContributionKey { return ContributionKey{c.CaseID, c.Role} }

// KnownContributions returns what is stored of what some subjects add: digests by
// key.
func (s *Store) KnownContributions(ctx context.Context, caseIDs []string) (map[ContributionKey]uint64, error) {
	out := map[ContributionKey]uint64{}
	var set columns.Set
	role, caseID, digest := set.Text("role"), set.Text("case_id"), set.Number("digest")
	take := func() error {
		for i := range set.Rows() {
			out[ContributionKey{caseID.Row(i), contribution.Role(role.Row(i))}] = digest.Row(i)
		}
		return nil
	}
	for part := range chunks(caseIDs, historyChunk) {
		if err := s.AskColumns(ctx, "known_contributions", &set, take, s.sql["known_contributions"], part); err != nil {
			return nil, err
		}
	}
	return out, nil
}
