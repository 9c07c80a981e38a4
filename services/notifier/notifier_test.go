package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"amparo/pipeline/obligation"
	"amparo/pipeline/stream"
	"amparo/schemas/law"
)

func TestEachKindIsAnnouncedOnceAndAtItsInstant(t *testing.T) {
	d := newDesk(t)
	limit := noon.Add(3 * day)
	missed, met, late := due("c-missed", limit), due("c-met", limit), due("c-late", limit)
	d.judge(missed, met, late)
	d.at(noon.Add(time.Second))
	d.wantSaid(missed, "")
	d.at(limit.Add(-6*hour - time.Millisecond))
	d.wantSaid(missed, "")
	d.at(limit.Add(-6 * hour))
	d.wantSaid(missed, "due-soon")
	d.judge(done(met, limit.Add(-hour)))
	d.at(limit)
	d.wantSaid(missed, "due-soon")
	d.at(limit.Add(time.Millisecond))
	d.wantSaid(missed, "due-soon missed")
	d.wantSaid(met, "due-soon")
	d.wantSaid(late, "due-soon missed")
	d.judge(done(late, limit.Add(hour)))
	d.at(limit.Add(2 * hour))
	d.at(limit.Add(3 * day))
	d.wantSaid(missed, "due-soon missed")
	d.wantSaid(late, "due-soon missed late")
	if got := testutil.ToFloat64(d.service.deps.Metrics.notices.WithLabelValues("missed")); got != 2 {
		t.Errorf("%v counted as missed, want 2", got)
	}
	if got := testutil.ToFloat64(d.service.deps.Metrics.lastSuccess); got != float64(limit.Add(3*day).Unix()) {
		t.Errorf("all is announced until %v, want %d", got, limit.Add(3*day).Unix())
	}
}

func TestWhatWasNotMissedAfterAllIsCleared(t *testing.T) {
	d := newDesk(t)
	limit := noon.Add(hour)
	entered, voided, moved, taken := due("c-entered-late", limit), due("c-void", limit), due("c-moved", limit), due("c-taken-back", limit)
	d.judge(entered, voided, moved, taken)
	d.at(limit.Add(time.Second))
	for _, o := range []obligation.Obligation{entered, voided, moved, taken} {
		d.wantSaid(o, "missed")
	}
	d.judge(done(entered, noon), with(voided, func(o *obligation.Obligation) { o.Settled = obligation.Void }))
	d.judge(due("c-moved", limit.Add(day)))
	d.remove(taken)
	d.at(limit.Add(time.Minute))
	d.wantSaid(entered, "missed cleared")
	d.wantSaid(voided, "missed cleared")
	d.wantSaid(moved, "missed cleared")
	d.wantSaid(taken, "missed")
	d.at(limit.Add(5 * time.Minute))
	d.wantSaid(taken, "missed cleared")
	// The deed is taken back: it was missed after all, and nobody must think otherwise.
	d.judge(entered)
	d.at(limit.Add(10 * time.Minute))
	d.wantSaid(entered, "missed cleared missed")
	d.at(limit.Add(20 * hour))
	d.at(limit.Add(2 * day))
	d.wantSaid(moved, "missed cleared due-soon missed")
}

func TestAMomentOfAbsenceIsNotAnnounced(t *testing.T) {
	d := newDesk(t)
	o := due("c-1", noon.Add(hour))
	d.judge(o)
	d.at(o.DueAt.Add(time.Second))
	d.remove(o)
	d.at(o.DueAt.Add(2 * time.Second))
	d.judge(o)
	d.at(o.DueAt.Add(3 * time.Second))
	d.at(o.DueAt.Add(hour))
	d.wantSaid(o, "missed")
}

func TestOnlyLawAndTargetsAreAnnounced(t *testing.T) {
	d := newDesk(t)
	right := with(due("c-right", noon.Add(hour)), func(o *obligation.Obligation) { o.Kind = law.Right })
	target := with(due("c-target", noon.Add(hour)), func(o *obligation.Obligation) { o.Kind = law.Target })
	d.judge(right, target)
	d.at(noon.Add(2 * hour))
	d.wantSaid(right, "")
	d.wantSaid(target, "missed")
}

func TestANoticeSaysNothingOfTheCase(t *testing.T) {
	d := newDesk(t)
	o := due("c-9b1f", noon.Add(hour))
	d.judge(o)
	d.at(noon.Add(2 * hour))
	for got, err := range d.stream.NoticesAfter(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{o.CaseID, o.Institution, o.Place} {
			if strings.Contains(got.Subject+string(got.Data), secret) {
				t.Errorf("notice %s %s holds %q", got.Subject, got.Data, secret)
			}
		}
		var n Notice
		if err := json.Unmarshal(got.Data, &n); err != nil {
			t.Fatal(err)
		}
		opened, err := d.store.OpenTokens(t.Context(), []string{n.Token, "not-a-token"})
		if err != nil || len(opened) != 1 || opened[n.Token] != o.Key() {
			t.Errorf("the token opens %v (%v), want %v", opened, err, o.Key())
		}
	}
}

func TestHistoryIsNotAnnouncedUnlessAsked(t *testing.T) {
	d := newDesk(t)
	old, recent := due("c-old", noon.Add(-400*day)), due("c-recent", noon.Add(-day))
	d.judge(old, recent, done(due("c-old-late", noon.Add(-300*day)), noon.Add(-299*day)))
	d.at(noon.Add(hour))
	if got := len(d.notices()); got != 0 {
		t.Errorf("%d notices about history", got)
	}
	d.restart(Config{Since: noon.Add(-2 * day)})
	d.wantSaid(recent, "missed")
	d.wantSaid(old, "")
}

func TestWhatLapsedWhileTheNotifierWasDownIsAnnounced(t *testing.T) {
	d := newDesk(t)
	lapsed, late, cleared := due("c-lapsed", noon.Add(day)), due("c-late", noon.Add(2*hour)), due("c-cleared", noon.Add(2*hour))
	d.judge(lapsed, late, cleared)
	d.at(noon.Add(3 * hour))
	d.judge(done(late, noon.Add(4*hour)), done(cleared, noon))
	d.clock.set(noon.Add(10 * day))
	d.restart(Config{})
	d.wantSaid(lapsed, "missed")
	d.wantSaid(late, "missed late")
	d.wantSaid(cleared, "missed cleared")
	d.restart(Config{})
	d.wantSaid(lapsed, "missed")
}

func TestAnotherLawDoesNotAnnounceThePastAnew(t *testing.T) {
	d := newDesk(t)
	missed, met := due("c-missed", noon.Add(hour)), due("c-met", noon.Add(hour))
	d.judge(missed, done(met, noon.Add(time.Minute)))
	d.at(noon.Add(2 * hour))
	d.at(noon.Add(3 * hour))
	// Under the new law the other was missed too, long before it was judged so.
	if err := d.store.SetJudgedBy(t.Context(), "law/2"); err != nil {
		t.Fatal(err)
	}
	d.clock.set(noon.Add(4 * hour))
	d.judge(missed, met, due("c-next", noon.Add(5*hour)))
	d.restart(Config{})
	d.at(noon.Add(6 * hour))
	d.wantSaid(missed, "missed")
	d.wantSaid(met, "")
	d.wantSaid(due("c-next", noon), "due-soon missed")
}

func TestStepsOfTheClockNeitherRepeatNorSkip(t *testing.T) {
	d := newDesk(t)
	first, second := due("c-1", noon.Add(hour)), due("c-2", noon.Add(5*day))
	d.judge(first, second)
	d.at(noon.Add(hour + time.Second))
	d.at(noon) // Back by an hour.
	d.restart(Config{})
	d.at(noon.Add(30 * time.Minute))
	d.wantSaid(first, "missed")
	d.at(noon.Add(9 * day)) // Forward over the warning and the limit.
	d.wantSaid(second, "missed")
	d.at(noon.Add(day)) // And back.
	d.wantSaid(second, "missed")
}

// An unsureLog loses answers: what it was given is kept, and the notifier is
// told that nobody knows.
type unsureLog struct {
	Log
	lose int
}

var errNoAnswer = errors.New("no answer")

func (l *unsureLog) AppendNotices(ctx context.Context, notices []stream.Notice, after uint64) (uint64, error) {
	last, err := l.Log.AppendNotices(ctx, notices, after)
	if l.lose > 0 {
		l.lose--
		return 0, errNoAnswer
	}
	return last, err
}

func TestANoticeWhoseAnswerWasLostIsNotRepeated(t *testing.T) {
	d := newDesk(t)
	log := &unsureLog{Log: d.stream}
	d.log = log
	d.restart(Config{})
	o := due("c-1", noon.Add(hour))
	d.judge(o)
	d.at(noon.Add(time.Minute))
	log.lose = 1
	d.clock.set(noon.Add(2 * hour))
	if err := d.service.plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := d.service.announce(t.Context()); !errors.Is(err, errNoAnswer) {
		t.Fatalf("error %v, want the lost answer", err)
	}
	d.step()
	d.wantSaid(o, "due-soon missed")
}

func TestTwoNotifiersAnnounceOnce(t *testing.T) {
	d := newDesk(t)
	other := d.another(Config{})
	var all []obligation.Obligation
	for i := range 40 {
		all = append(all, due("c-"+strings.Repeat("x", i+1), noon.Add(hour)))
	}
	d.judge(all...)
	d.clock.set(noon.Add(2 * hour))
	for _, s := range []*Service{d.service, other} {
		if err := s.plan(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// Both have the same in their books, and neither knows of the other.
	d.stepOf(other)
	d.step()
	if got := d.notices(); len(got) != len(all) || count(got, Missed) != len(all) {
		t.Errorf("%d notices, want %d", len(got), len(all))
	}
	// Nor does a third, that finds them in the stream and not in the store.
	d.stepOf(d.another(Config{}))
	if got := d.notices(); len(got) != len(all) {
		t.Errorf("%d notices after a restart, want %d", len(got), len(all))
	}
}

func TestAStreamFromAnOlderBackupIsRefused(t *testing.T) {
	d := newDesk(t)
	d.judge(due("c-1", noon.Add(hour)))
	d.at(noon.Add(2 * hour))
	d.step() // Copies the notice into the store.
	cfg := d.service.deps
	cfg.Log = emptyLog{d.stream}
	if _, err := New(t.Context(), Config{}, cfg); err == nil || !strings.Contains(err.Error(), "backup") {
		t.Errorf("error %v, want one that says what to do", err)
	}
}

type emptyLog struct{ Log }

func (emptyLog) LastNotice(context.Context) (uint64, error) { return 0, nil }

func TestTheSecretIsMadeOnceAndOnlyItsUserCanReadIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := LoadSecret(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := LoadSecret(dir)
	if err != nil || string(first) != string(second) {
		t.Errorf("another secret the second time (%v)", err)
	}
	info, err := os.Stat(filepath.Join(dir, secretFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v), want 0600", info.Mode(), err)
	}
	o := due("c-1", noon)
	key := o.Key()
	if first.Token(key) == Secret(strings.Repeat("x", secretBytes)).Token(key) {
		t.Error("two installations give the same token")
	}
	if err := os.WriteFile(filepath.Join(dir, secretFile), []byte("cut"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSecret(dir); err == nil {
		t.Error("half a secret was accepted")
	}
}
