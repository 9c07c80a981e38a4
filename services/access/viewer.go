// Package access decides who may see what, and records who looked.
//
// Every request passes one Guard. A route that is not in its table does not
// exist, and a role without the right of a route is refused before the route's
// handler runs. Handlers ask the Viewer in their context for the scope of their
// query: there is no other way to learn what a reader may see, and a Viewer that
// nobody set is the public.
package access

import (
	"context"
	"slices"
	"strings"

	"amparo/pipeline/disclosure"
)

// A Viewer is whoever reads: the zero Viewer is the public.
type Viewer struct {
	Name        string   // of the account; "" for the public
	Role        Role     // "" for the public
	Places      []string // codes of a regional viewer's places: a place lies in those it begins with
	Institution string   // code of a steward's institution
	Purpose     string   // approved purpose of an analyst
	// Demo says that nobody logged in: the data is made up.
	Demo bool
}

// role is the viewer's role, which nobody has set for the public.
func (v Viewer) role() Role {
	if v.Role == "" {
		return Public
	}
	return v.Role
}

// May reports whether the viewer has a right.
func (v Viewer) May(right Right) bool { return v.role().Has(right) }

// Anonymous reports whether nobody has logged in.
func (v Viewer) Anonymous() bool { return v.Name == "" }

// A Scope limits a query to places and an institution. The zero Scope holds
// nothing.
type Scope struct {
	Everywhere  bool     // all places
	Places      []string // codes: a place is held if it begins with one of them
	Institution string   // "" for all institutions
}

// Holds reports whether what happened at a place, by an institution, lies in the
// scope.
func (s Scope) Holds(place, institution string) bool {
	if s.Institution != "" && s.Institution != institution {
		return false
	}
	return s.Everywhere || slices.ContainsFunc(s.Places, func(code string) bool { return code != "" && strings.HasPrefix(place, code) })
}

// Empty reports whether the scope holds nothing.
func (s Scope) Empty() bool { return !s.Everywhere && len(s.Places) == 0 }

// Numbers is the scope within which the viewer sees numbers as Policy says;
// outside it they are what the public sees.
func (v Viewer) Numbers() Scope {
	switch v.role() {
	case National, Auditor, Analyst:
		return Scope{Everywhere: true}
	case Regional:
		return Scope{Places: v.Places}
	case Steward:
		return v.own()
	}
	return Scope{}
}

// Queue is the scope of what is due and overdue that the viewer may list.
func (v Viewer) Queue() Scope {
	switch v.role() {
	case National:
		return Scope{Everywhere: true}
	case Steward:
		return v.own()
	}
	return Scope{}
}

// Cases is the scope of the cases that the viewer may open without breaking the
// glass.
func (v Viewer) Cases() Scope {
	if v.role() == Steward {
		return v.own()
	}
	return Scope{}
}

// own is a steward's institution. A steward without one has nothing.
func (v Viewer) own() Scope {
	if v.Institution == "" {
		return Scope{}
	}
	return Scope{Everywhere: true, Institution: v.Institution}
}

// Policy says how exactly the viewer sees numbers of a place ("" for the nation)
// and an institution ("" for all). Nothing that a request says can lower it.
func (v Viewer) Policy(place, institution string) disclosure.Policy {
	if !v.May(SeeNumbers) || !v.Numbers().Holds(place, institution) {
		return disclosure.ForPublic
	}
	if v.role() == Analyst {
		return disclosure.ForAnalyst
	}
	return disclosure.Exact
}

type viewerKey struct{}

// With returns a context that carries a viewer.
func With(ctx context.Context, v Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// From is the viewer of a context: the public where nobody was set.
func From(ctx context.Context) Viewer {
	v, _ := ctx.Value(viewerKey{}).(Viewer)
	return v
}
