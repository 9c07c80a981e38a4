package senders

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// namePattern is what a sender may be called: its name stands in NATS subjects.
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,39}$`)

// A Catalogue says what a scope can name.
type Catalogue struct{ Departments, Types []string }

// Secrets are what a sender is given once and nobody can show again.
type Secrets struct {
	Token string // for HTTP
	Seed  string // the private half of an nkey, for NATS
}

// Add enters a sender and makes its credentials. public is the public half of
// its nkey.
func (b *Book) Add(name string, scope Scope, cat Catalogue, public string) (token string, err error) {
	if !namePattern.MatchString(name) {
		return "", fmt.Errorf("the name %q: use 2 to 40 lower-case letters, digits and -", name)
	}
	if err := scope.check(cat.Departments, cat.Types); err != nil {
		return "", err
	}
	err = b.change(func(file *bookFile) error {
		for _, s := range file.Senders {
			if s.Name == name {
				return fmt.Errorf("there is a sender %s already: rotate its credentials, or choose another name", name)
			}
			if source := overlap(scope.Sources, s.Sources); source != "" && s.live() {
				return fmt.Errorf("the source %s is the one of the sender %s: no two senders speak for one source", source, s.Name)
			}
		}
		now := b.now().UTC()
		var kept Token
		if token, kept, err = newToken(now); err != nil {
			return err
		}
		file.Senders = append(file.Senders, &Sender{
			Name: name, Sources: scope.Sources, Departments: scope.Departments, Types: scope.Types,
			Tokens: []Token{kept}, Nkeys: []Nkey{{Public: public, CreatedAt: now}}, CreatedAt: now,
		})
		return nil
	})
	return token, err
}

// Rotate makes new credentials. The old ones are good for a while yet, so that
// the sender can change over without a gap.
func (b *Book) Rotate(name string, keep time.Duration, public string) (token string, err error) {
	err = b.changeOne(name, func(s *Sender) error {
		now := b.now().UTC()
		end := now.Add(keep)
		for i := range s.Tokens {
			s.Tokens[i].ExpiresAt = sooner(s.Tokens[i].ExpiresAt, end)
		}
		for i := range s.Nkeys {
			s.Nkeys[i].ExpiresAt = sooner(s.Nkeys[i].ExpiresAt, end)
		}
		s.Tokens = slices.DeleteFunc(s.Tokens, func(t Token) bool { return expired(t.ExpiresAt, now) })
		s.Nkeys = slices.DeleteFunc(s.Nkeys, func(k Nkey) bool { return expired(k.ExpiresAt, now) })
		var kept Token
		if token, kept, err = newToken(now); err != nil {
			return err
		}
		s.Tokens = append(s.Tokens, kept)
		s.Nkeys = append(s.Nkeys, Nkey{Public: public, CreatedAt: now})
		return nil
	})
	return token, err
}

func sooner(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// Revoke makes all credentials of a sender void at once. The sender stays in the
// book, so that it can be seen who could send and until when.
func (b *Book) Revoke(name string) error {
	return b.changeOne(name, func(s *Sender) error {
		s.RevokedAt, s.Tokens, s.Nkeys = b.now().UTC(), nil, nil
		return nil
	})
}

func (b *Book) changeOne(name string, apply func(*Sender) error) error {
	return b.change(func(file *bookFile) error {
		i := slices.IndexFunc(file.Senders, func(s *Sender) bool { return s.Name == name })
		switch {
		case i < 0:
			return fmt.Errorf("there is no sender %q: amparo senders list shows them", name)
		case !file.Senders[i].live():
			return errors.New("the sender was revoked: add it again under another name")
		}
		return apply(file.Senders[i])
	})
}
