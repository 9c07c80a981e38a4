// Package grant keeps what is allowed for a time and a reason: to see one case
// (break-the-glass), and to take a file of cases out of the house.
package grant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"amparo/schemas/event"
	"amparo/services/access"
)

// GlassFor is how long a case may be seen once the glass is broken.
const GlassFor = 3 * time.Hour

const (
	shortestReason = 10
	longestReason  = 300
	// mostBroken bounds what is kept: more cases at the same time are no exception.
	mostBroken = 1000
	// mostEach is how many cases one account may have open so.
	mostEach = 20
)

// Errors that people can correct.
var (
	// ErrReason means that a reason is missing, too long, or tells of a person.
	ErrReason = errors.New("dé una razón de 10 a 300 caracteres, sin nombres ni números de personas · " +
		"give a reason of 10 to 300 characters, without names or numbers of persons")
	// ErrTooMany means that too many cases are open so at the same time.
	ErrTooMany = errors.New("demasiados casos abiertos de esta forma: espere a que venzan · too many cases are open in this way: wait until they end")
	// ErrNotAllowed means that the viewer's role does not include it.
	ErrNotAllowed = errors.New("su rol no lo incluye · your role does not include it")
)

// checkReason reads a reason. It stays in the access log for years, so what is
// shaped like a person's number or address is refused.
func checkReason(reason string) (string, error) {
	reason = strings.Join(strings.Fields(reason), " ")
	if n := utf8.RuneCountInString(reason); n < shortestReason || n > longestReason || !utf8.ValidString(reason) || event.Personal(reason) {
		return "", ErrReason
	}
	return reason, nil
}

// A Break is a case that an account may see for a reason.
type Break struct {
	Who    string
	Role   access.Role
	Case   string
	Reason string
	At     time.Time
	Until  time.Time
}

// Glass keeps which cases may be seen so. A restart closes all.
type Glass struct {
	now      func() time.Time
	recorder access.Recorder
	tell     func(Break)

	mu     sync.Mutex
	broken []Break
}

// NewGlass returns whole glass. The auditor is told of each break through the
// access log and by a function that is called at once.
func NewGlass(recorder access.Recorder, tell func(Break), now func() time.Time) *Glass {
	return &Glass{now: now, recorder: recorder, tell: tell}
}

// Break lets a viewer see one case for three hours. Whether there is such a case
// is not told.
func (g *Glass) Break(ctx context.Context, v access.Viewer, caseID, reason string) (Break, error) {
	if !v.May(access.BreakGlass) {
		return Break{}, ErrNotAllowed
	}
	reason, err := checkReason(reason)
	if err != nil {
		return Break{}, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sweep()
	own := 0
	for _, b := range g.broken {
		if b.Who == v.Name {
			own++
		}
	}
	if own >= mostEach || len(g.broken) >= mostBroken {
		return Break{}, ErrTooMany
	}
	at := g.now()
	b := Break{Who: v.Name, Role: v.Role, Case: caseID, Reason: reason, At: at, Until: at.Add(GlassFor)}
	if err := g.recorder.Record(ctx, access.Entry{Who: v.Name, Role: v.Role, Did: access.GlassBroken, Object: caseID, Detail: reason}); err != nil {
		return Break{}, fmt.Errorf("tell the auditor: %w", err)
	}
	g.broken = append(g.broken, b)
	g.tell(b)
	return b, nil
}

func (g *Glass) sweep() {
	now := g.now()
	g.broken = slices.DeleteFunc(g.broken, func(b Break) bool { return !now.Before(b.Until) })
}

// Broken reports whether a viewer may see a case so.
func (g *Glass) Broken(v access.Viewer, caseID string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sweep()
	return slices.ContainsFunc(g.broken, func(b Break) bool { return b.Who == v.Name && b.Role == v.Role && b.Case == caseID })
}

// Standing returns what may be seen so now.
func (g *Glass) Standing() []Break {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sweep()
	return slices.Clone(g.broken)
}
