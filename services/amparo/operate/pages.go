package operate

import (
	"log/slog"
	"time"

	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
	"amparo/services/aggregator"
	"amparo/services/amparo/command"
	"amparo/services/api"
	"amparo/services/dashboard"
	"amparo/services/desk"
	"amparo/services/desk/queue"
	"amparo/services/installation"
)

// deskEvery is the least time between counts of the desk, and breakdownEvery that between
// those of indicators by place.
const (
	deskEvery      = time.Minute
	breakdownEvery = 5 * time.Minute
)

// newDesk counts what the pages show beyond the snapshot.
func (f *refreshFlags) newDesk(in *installation.Installation, book *queue.Book, now func() time.Time, log *slog.Logger) *desk.Service {
	choice := store.Choice{Kinds: []string{string(law.Law)}}
	if f.LeaveOutLow {
		choice.Without = []string{law.LowConfidence}
	}
	reader := aggregator.Reader(in.Catalogue, in.Store)
	reader.LeaveOutLow = f.LeaveOutLow
	return desk.New(desk.Config{Every: deskEvery, Indicators: reader, BreakdownEvery: breakdownEvery, Grouping: f.Grouping, Choice: choice, After: book.Counted}, in.Catalogue, counting.With(in.Store), now, log)
}

// mountPages puts the pages and the API behind the guard.
func (f *refreshFlags) mountPages(front *entrance, in *installation.Installation, counts *aggregator.Service, board *desk.Service, madeUp bool, now func() time.Time, log *slog.Logger) error {
	reader := aggregator.Reader(in.Catalogue, in.Store)
	reader.LeaveOutLow = f.LeaveOutLow
	err := dashboard.Mount(front.guard, dashboard.Config{
		Catalogue: in.Catalogue, Grouping: f.Grouping, Last: counts.Last, Board: board.Last, Breakdown: board.Breakdown, Reader: reader, Store: in.Store,
		Published: counts.Published, Program: command.Version(), Synthetic: madeUp, Sources: counts.Sources, Queue: front.queue, Accounts: front.accounts, Now: now, Log: log,
	})
	if err != nil {
		return err
	}
	return api.Mount(front.guard, api.Config{
		Catalogue: in.Catalogue, Grouping: f.Grouping, Last: counts.Last, Board: board.Last, Published: counts.Published,
		Cases: in.Store, Exports: front.exports, Queue: front.queue, Synthetic: madeUp, Sources: counts.Sources, Now: now, Log: log,
	})
}
