package grant

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"amparo/services/access"
)

const (
	// ExportFor is how long an allowed export can be taken.
	ExportFor = 7 * 24 * time.Hour
	// ExportKept is how long an export is listed after it was asked for.
	ExportKept = 30 * 24 * time.Hour
	// mostExports bounds the list.
	mostExports = 1000
)

// State is how far an export has come.
type State string

// The states of an export.
const (
	Asked   State = "asked"
	Allowed State = "allowed"
	Refused State = "refused"
	Ended   State = "ended"
)

// An Export is a file of cases that somebody asked to take out of the house.
type Export struct {
	ID     string      `json:"id"`
	Who    string      `json:"who"`
	Role   access.Role `json:"role"`
	What   string      `json:"what"` // path and query of the file
	Reason string      `json:"reason"`
	At     time.Time   `json:"at"`

	Decision State     `json:"decision,omitempty"` // Allowed or Refused
	By       string    `json:"by,omitempty"`       // the second person
	Until    time.Time `json:"until,omitzero"`
	Taken    int       `json:"taken,omitempty"`
}

// State is the export's state at an instant.
func (e *Export) State(now time.Time) State {
	switch {
	case e.Decision == Refused:
		return Refused
	case e.Decision == Allowed && now.Before(e.Until):
		return Allowed
	case e.Decision == "" && now.Before(e.At.Add(ExportKept)):
		return Asked
	}
	return Ended
}

// Watermark is what the file says about itself: who took it, when, who allowed
// it and until when it may be kept.
func (e *Export) Watermark(now time.Time) string {
	return fmt.Sprintf("amparo %s · %s · %s · permitido por / allowed by %s · hasta / until %s · no redistribuir / do not pass on",
		e.ID, e.Who, now.UTC().Format(time.RFC3339), e.By, e.Until.UTC().Format(time.RFC3339))
}

// Exports keeps what was asked for, in a file of one process.
type Exports struct {
	path     string
	recorder access.Recorder
	now      func() time.Time
	// samePerson reports whether two accounts are one person's.
	samePerson func(a, b string) bool

	mu   sync.Mutex
	list []Export
}

// OpenExports opens the list in a folder; it need not be there yet.
func OpenExports(dir string, recorder access.Recorder, samePerson func(a, b string) bool, now func() time.Time) (*Exports, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of exports: %w", err)
	}
	x := &Exports{path: filepath.Join(dir, "exports.json"), recorder: recorder, samePerson: samePerson, now: now}
	b, err := os.ReadFile(x.path)
	if errors.Is(err, fs.ErrNotExist) {
		return x, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the exports: %w", err)
	}
	if err := json.Unmarshal(b, &x.list); err != nil {
		return nil, fmt.Errorf("read the exports in %s: %w", x.path, err)
	}
	return x, nil
}

// keep writes a list, which then is the one in use. What was asked for long ago
// is dropped.
func (x *Exports) keep(list []Export) error {
	now := x.now()
	list = slices.DeleteFunc(list, func(e Export) bool { return !now.Before(e.At.Add(ExportKept)) })
	b, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the exports: %w", err)
	}
	if err := os.WriteFile(x.path+".new", b, 0o600); err != nil {
		return fmt.Errorf("write the exports: %w", err)
	}
	if err := os.Rename(x.path+".new", x.path); err != nil {
		return fmt.Errorf("write the exports: %w", err)
	}
	x.list = list
	return nil
}

// Ask asks for a file of cases. It can be taken when a second person has allowed
// it.
func (x *Exports) Ask(ctx context.Context, v access.Viewer, what, reason string) (Export, error) {
	if !v.May(access.ExportCases) {
		return Export{}, ErrNotAllowed
	}
	reason, err := checkReason(reason)
	if err != nil {
		return Export{}, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.list) >= mostExports {
		return Export{}, ErrTooMany
	}
	e := Export{ID: rand.Text()[:12], Who: v.Name, Role: v.Role, What: what, Reason: reason, At: x.now()}
	if err := x.record(ctx, v, access.ExportAsked, &e); err != nil {
		return Export{}, err
	}
	return e, x.keep(append(slices.Clone(x.list), e))
}

// ErrNoExport means that there is no such export for this viewer.
var ErrNoExport = errors.New("no hay tal exportación · there is no such export")

// ErrOwnExport means that who asks cannot be who allows.
var ErrOwnExport = errors.New("otra persona debe decidirlo · another person must decide on it")

// Decide allows or refuses an export that another person asked for.
func (x *Exports) Decide(ctx context.Context, v access.Viewer, id string, allow bool) error {
	if !v.May(access.ApproveExports) {
		return ErrNotAllowed
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	list := slices.Clone(x.list)
	i := slices.IndexFunc(list, func(e Export) bool { return e.ID == id && e.State(x.now()) == Asked })
	if i < 0 {
		return ErrNoExport
	}
	e := &list[i]
	if e.Who == v.Name || x.samePerson(e.Who, v.Name) {
		return ErrOwnExport
	}
	e.Decision, e.By = Refused, v.Name
	did := access.ExportRefused
	if allow {
		e.Decision, e.Until, did = Allowed, x.now().Add(ExportFor), access.ExportAllowed
	}
	if err := x.record(ctx, v, did, e); err != nil {
		return err
	}
	return x.keep(list)
}

// Take returns the export that a viewer may take now, if it is of that file, and
// records that it was taken. The file begins with the export's watermark.
func (x *Exports) Take(ctx context.Context, v access.Viewer, id, what string) (Export, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	list := slices.Clone(x.list)
	i := slices.IndexFunc(list, func(e Export) bool {
		return e.ID == id && e.Who == v.Name && e.Role == v.Role && e.What == what && e.State(x.now()) == Allowed
	})
	if i < 0 || !v.May(access.ExportCases) {
		return Export{}, ErrNoExport
	}
	list[i].Taken++
	if err := x.record(ctx, v, access.ExportMade, &list[i]); err != nil {
		return Export{}, err
	}
	return list[i], x.keep(list)
}

// List returns the exports that a viewer may know of: their own, and all for who
// can allow them.
func (x *Exports) List(v access.Viewer) []Export {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(x.list), func(e Export) bool {
		return e.Who != v.Name && !v.May(access.ApproveExports)
	})
}

func (x *Exports) record(ctx context.Context, v access.Viewer, did access.Deed, e *Export) error {
	return x.recorder.Record(ctx, access.Entry{Who: v.Name, Role: v.Role, Did: did, Object: e.ID, Detail: e.What + " · " + e.Reason})
}
