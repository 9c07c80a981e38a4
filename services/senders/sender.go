// Package senders knows who may send events: the credential of each
// institution, and for which sources, departments and event types it speaks.
//
// A credential is a token for HTTP and an nkey for NATS. Of a token only a
// salted digest is kept: it is made here from 256 random bits, which nobody
// can guess, so that a slow hash would cost every request and protect nothing.
// Of an nkey only the public half was ever here after it was made.
package senders

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"amparo/schemas/event"
)

// A Sender is an institution that may send events.
type Sender struct {
	Name string `json:"name"`
	// Sources are those it speaks for: a source, or all that begin with what
	// stands before a * at the end. No two senders share one.
	Sources []string `json:"sources"`
	// Departments and Types narrow what it may send; empty means all. A type may
	// be a noun with a * for its verbs: report.*
	Departments []string  `json:"departments,omitempty"`
	Types       []string  `json:"types,omitempty"`
	Tokens      []Token   `json:"tokens,omitempty"`
	Nkeys       []Nkey    `json:"nkeys,omitempty"`
	CreatedAt   time.Time `json:"created"`
	RevokedAt   time.Time `json:"revoked,omitzero"`
}

// A Token is the digest of a token, and until when it is good.
type Token struct {
	ID        string    `json:"id"`
	Salt      string    `json:"salt"`
	Digest    string    `json:"digest"`
	CreatedAt time.Time `json:"created"`
	ExpiresAt time.Time `json:"expires,omitzero"`
}

// An Nkey is the public half of a key for NATS.
type Nkey struct {
	Public    string    `json:"public"`
	CreatedAt time.Time `json:"created"`
	ExpiresAt time.Time `json:"expires,omitzero"`
}

// Allows says why the sender may not send an event, or nil. department is that
// of the event's place; retracts is the source of the event that it takes back,
// if it takes one back.
func (s *Sender) Allows(e *event.Event, department, retracts string) *event.Refusal {
	switch {
	case !s.speaksFor(e.Source):
		return notAllowed("source", "the credential of %s does not speak for this source; send it with the credential of its owner", s.Name)
	case retracts != "" && !s.speaksFor(retracts):
		return notAllowed("data.source", "the credential of %s cannot take back what another source has sent", s.Name)
	case len(s.Departments) > 0 && !slices.Contains(s.Departments, department):
		return notAllowed("data.ubigeo", "the credential of %s is for the departments %s", s.Name, strings.Join(s.Departments, ", "))
	case len(s.Types) > 0 && !slices.ContainsFunc(s.Types, func(pattern string) bool { return covers(pattern, e.Type) }):
		return notAllowed("type", "the credential of %s is for the event types %s", s.Name, strings.Join(s.Types, ", "))
	}
	return nil
}

func notAllowed(field, detail string, args ...any) *event.Refusal {
	return &event.Refusal{Reason: event.NotAllowed, Field: field, Detail: fmt.Sprintf(detail, args...)}
}

func (s *Sender) speaksFor(source string) bool {
	return slices.ContainsFunc(s.Sources, func(pattern string) bool { return covers(pattern, source) })
}

// covers reports whether a pattern holds a name, or another pattern.
func covers(pattern, name string) bool {
	if prefix, open := strings.CutSuffix(pattern, "*"); open {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}

// Scope is what a sender may send.
type Scope struct{ Sources, Departments, Types []string }

// check refuses a scope that says nothing, or something that cannot be.
func (s Scope) check(departments, types []string) error {
	if len(s.Sources) == 0 {
		return errors.New("say for which sources the sender speaks: --source urn:pe:… (a * at its end means all that begin so)")
	}
	for _, source := range s.Sources {
		prefix := strings.TrimSuffix(source, "*")
		if len(prefix) < 4 || strings.ContainsAny(prefix, "* \t\n") {
			return fmt.Errorf("the source %q is not one: write a URI such as urn:pe:pnp:sidpol, or its beginning and one * at the end", source)
		}
	}
	for _, department := range s.Departments {
		if !slices.Contains(departments, department) {
			return fmt.Errorf("the catalogue has no department %q: its codes are %s", department, strings.Join(departments, ", "))
		}
	}
	for _, pattern := range s.Types {
		if !slices.ContainsFunc(types, func(name string) bool { return covers(pattern, name) }) {
			hint := "write one of docs/events.md, or a noun and .* for all of its verbs"
			if near := event.Near(pattern, types, 1+len(pattern)/5); len(near) > 0 {
				hint = "did you mean " + near[0] + "?"
			}
			return fmt.Errorf("the catalogue has no event type %q: %s", pattern, hint)
		}
	}
	return nil
}

// live reports whether the sender may send at an instant.
func (s *Sender) live() bool { return s.RevokedAt.IsZero() }

// overlap is the first source that both speak for, or "".
func overlap(a, b []string) string {
	for _, x := range a {
		for _, y := range b {
			if covers(x, strings.TrimSuffix(y, "*")) || covers(y, strings.TrimSuffix(x, "*")) {
				return x
			}
		}
	}
	return ""
}

// Publics are the public nkeys that are good at an instant.
func (s *Sender) Publics(now time.Time) []string {
	var publics []string
	for _, k := range s.Nkeys {
		if s.live() && !expired(k.ExpiresAt, now) {
			publics = append(publics, k.Public)
		}
	}
	return publics
}

// NkeyUntil is until when a public nkey is good; the zero time for no end.
func (s *Sender) NkeyUntil(public string) time.Time {
	for _, k := range s.Nkeys {
		if k.Public == public {
			return k.ExpiresAt
		}
	}
	return time.Time{}
}
