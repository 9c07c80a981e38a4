package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"amparo/pipeline/store"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/aggregator"
	"amparo/services/dashboard"
	"amparo/services/desk"
	"amparo/services/installation"
)

// deskEvery is the least time between counts of the desk.
const deskEvery = time.Minute

// newDesk counts what the pages show beyond the snapshot.
func (f *refreshFlags) newDesk(in *installation.Installation, now func() time.Time, log *slog.Logger) *desk.Service {
	choice := store.Choice{Kinds: []string{string(law.Law)}}
	if f.LeaveOutLow {
		choice.Without = []string{law.LowConfidence}
	}
	return desk.New(desk.Config{Every: deskEvery, Grouping: f.Grouping, Choice: choice}, in.Catalogue, in.Store, now, log)
}

// newPages serves the pages. Whoever reaches the address that it listens on is taken for the
// national desk, which sees every number and no case.
func (f *refreshFlags) newPages(in *installation.Installation, counts *aggregator.Service, board *desk.Service, madeUp bool, now func() time.Time, log *slog.Logger) (http.Handler, error) {
	guard, err := access.NewGuard(access.GuardConfig{
		Viewer: func(*http.Request) access.Viewer {
			return access.Viewer{Name: "local", Role: access.National, Demo: madeUp}
		},
		Recorder: logRecorder{log}, Log: log,
	})
	if err != nil {
		return nil, err
	}
	reader := aggregator.Reader(in.Catalogue, in.Store)
	reader.LeaveOutLow = f.LeaveOutLow
	err = dashboard.Mount(guard, dashboard.Config{
		Catalogue: in.Catalogue, Grouping: f.Grouping, Last: counts.Last, Board: board.Last, Reader: reader, Store: in.Store,
		Published: counts.Published, Program: version(), Synthetic: madeUp, Now: now, Log: log,
	})
	return guard, err
}

// logRecorder writes what the guard records to the program's own log.
type logRecorder struct{ log *slog.Logger }

// Record implements access.Recorder.
func (r logRecorder) Record(ctx context.Context, e access.Entry) error {
	r.log.InfoContext(ctx, "access", "who", e.Who, "role", e.Role, "did", e.Did, "object", e.Object)
	return nil
}
