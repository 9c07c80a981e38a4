package access_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"amparo/services/access"
)

func TestTheAuditorIsToldOfWhoLooksAtVeryManyCases(t *testing.T) {
	at, k, reg := time.Unix(0, 0), &kept{}, prometheus.NewRegistry()
	w := access.NewWatch(k, func() time.Time { return at }, reg)
	look := func(who string, n int) {
		t.Helper()
		for range n {
			if err := w.Record(t.Context(), access.Entry{Who: who, Did: access.CaseSeen}); err != nil {
				t.Fatal(err)
			}
		}
	}
	told := func() (n int) {
		for _, e := range k.entries {
			if e.Did == access.ManyCasesSeen {
				n++
			}
		}
		return n
	}
	look("saul", access.ManyCases-1)
	look("sara", access.ManyCases-1)
	if told() != 0 {
		t.Error("the auditor is told of ordinary work")
	}
	look("saul", 30)
	if told() != 1 {
		t.Errorf("the auditor is told %d times of one account's hour", told())
	}
	at = at.Add(time.Hour)
	look("saul", access.ManyCases)
	if told() != 2 {
		t.Errorf("the auditor is told %d times of two hours", told())
	}
	if n, err := testutil.GatherAndCount(reg, "amparo_access_entries_total"); err != nil || n != len(access.Deeds()) {
		t.Errorf("%d deeds are counted, there are %d (%v)", n, len(access.Deeds()), err)
	}
	k.err = errors.New("disk full")
	if err := w.Record(t.Context(), access.Entry{Did: access.CaseSeen}); !errors.Is(err, k.err) {
		t.Errorf("what could not be recorded is passed over: %v", err)
	}
}

func TestEveryDeedIsListed(t *testing.T) {
	source, err := os.ReadFile("guard.go")
	if err != nil {
		t.Fatal(err)
	}
	written := regexp.MustCompile(`Deed = "([a-z.-]+)"`).FindAllStringSubmatch(string(source), -1)
	for _, deed := range written {
		if !slices.Contains(access.Deeds(), access.Deed(deed[1])) {
			t.Errorf("%s is not listed: it would have no counter, and no filter on the auditor's page", deed[1])
		}
	}
	if len(written) != len(access.Deeds()) || len(written) < 20 {
		t.Errorf("%d deeds are written, %d listed", len(written), len(access.Deeds()))
	}
}
