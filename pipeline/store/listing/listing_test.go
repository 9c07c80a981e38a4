package listing

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/pipeline/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }

var noon = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

func owed(caseID string) obligation.Obligation {
	due := noon.Add(24 * time.Hour)
	return obligation.Obligation{
		CaseID: caseID, Duty: "measures-decided", Instance: "-", Regime: "pm-24h", Kind: "law", Confidence: "high", Place: "040101",
		StartedAt: noon, DueAt: due, LapsesFrom: due.Add(time.Millisecond), LapsesBy: due.Add(time.Millisecond),
	}
}

func insert(t *testing.T, s *store.Store, changes ...store.Change) {
	t.Helper()
	if err := s.InsertObligations(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
}

// missed asks for what measures-decided missed, pages of two.
func missed(after Place) Query {
	return Query{
		AsOf: noon.AddDate(0, 1, 0), Duty: "measures-decided", Due: store.Span{From: noon.AddDate(0, -1, 0), To: noon.AddDate(0, 1, 0)},
		Statuses: []obligation.Status{obligation.Missed}, Choice: store.Choice{Kinds: []string{string(owed("c").Kind)}}, After: after, Limit: 2,
	}
}

// dueAt is an obligation of a case that is due some hours later than others.
func dueAt(caseID string, hours int) *obligation.Obligation {
	o := owed(caseID)
	later := time.Duration(hours) * time.Hour
	o.DueAt, o.LapsesFrom, o.LapsesBy = o.DueAt.Add(later), o.LapsesFrom.Add(later), o.LapsesBy.Add(later)
	return &o
}

// Rows that were replaced lie in the second order until the engine has merged them away, and
// after it is told to as well.
func TestAListHasWhatStandsOnceAndNothingThatWasReplaced(t *testing.T) {
	s := storetest.Open(t)
	done := dueAt("c-done", 1)
	done.DoneAt, done.Settled = noon.Add(time.Hour), obligation.Met
	var stands, replaced []store.Change
	for i := range 9 { // More than a page of what does not stand before what does.
		id := fmt.Sprintf("c-moved-%d", i)
		replaced = append(replaced, store.Change{Obligation: dueAt(id, -20), Version: 1})
		stands = append(stands, store.Change{Obligation: dueAt(id, i/2), Version: 2})
	}
	replaced = append(replaced, store.Change{Obligation: dueAt("c-done", 1), Version: 1}, store.Change{Obligation: dueAt("c-gone", 2), Version: 1})
	stands = append(stands, store.Change{Obligation: done, Version: 2}, store.Change{Obligation: dueAt("c-gone", 2), Version: 2, Gone: true})
	same := store.Change{Obligation: dueAt("c-same", 3), Version: 1}
	insert(t, s, replaced...)
	insert(t, s, same)
	insert(t, s, stands...)
	insert(t, s, same) // Delivered again.
	insert(t, s, replaced...)

	want := []string{"c-moved-0", "c-moved-1", "c-moved-2", "c-moved-3", "c-moved-4", "c-moved-5", "c-moved-6", "c-moved-7", "c-same", "c-moved-8"}
	for _, state := range []string{"as inserted", "merged"} {
		var got []string
		for q := missed(Place{}); ; {
			rows, err := Of(s).Behind(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for i := range rows {
				got = append(got, rows[i].CaseID)
			}
			if len(rows) < q.Limit {
				break
			}
			q.After = PlaceOf(&rows[len(rows)-1])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", state, diff)
		}
		if err := s.Exec(t.Context(), "OPTIMIZE TABLE obligations FINAL"); err != nil {
			t.Fatal(err)
		}
	}
}

// What lies before a list goes on is not read, nor are other duties.
func TestAListIsReadInItsOwnOrder(t *testing.T) {
	s := storetest.Open(t)
	var all []store.Change
	for i := range 100 {
		all = append(all, store.Change{Obligation: dueAt(fmt.Sprint("c-", i), i%7), Version: 1})
	}
	insert(t, s, all...)
	q := missed(PlaceOf(all[3].Obligation))
	sql, args := Of(s).toFind(&q)
	var plan strings.Builder
	err := s.Ask(t.Context(), "plan", "EXPLAIN projections = 1, indexes = 1 "+sql, func(rows driver.Rows) error {
		var line string
		err := rows.Scan(&line)
		plan.WriteString(line + "\n")
		return err
	}, append(args, 2)...)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"ReadFromMergeTree (by_due)", "Read type: InOrder"} {
		if !strings.Contains(plan.String(), part) {
			t.Errorf("the plan lacks %q:\n%s", part, plan.String())
		}
	}
}
