package senders_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amparo/schemas/event"
	"amparo/services/senders"
)

var cat = senders.Catalogue{Departments: []string{"04", "15"}, Types: []string{"report.received", "report.refused", "visit.made"}}

// clock is a time that tests move.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func open(t *testing.T) (*senders.Book, *clock, string) {
	t.Helper()
	at := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	path := filepath.Join(t.TempDir(), "senders.json")
	book, err := senders.Open(path, at.now)
	if err != nil {
		t.Fatal(err)
	}
	return book, at, path
}

func add(t *testing.T, book *senders.Book, name, source string) string {
	t.Helper()
	token, err := book.Add(name, senders.Scope{Sources: []string{source}}, cat, "U"+name)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// expect checks who a token belongs to, "" for nobody.
func expect(t *testing.T, book *senders.Book, when, token, name string) {
	t.Helper()
	s, err := book.ByToken(token)
	switch {
	case name == "" && !errors.Is(err, senders.ErrUnknown):
		t.Errorf("%s: the token is still one: %v, %v", when, s, err)
	case name != "" && (err != nil || s.Name != name):
		t.Errorf("%s: the token is of %v (%v), want %s", when, s, err, name)
	}
}

func TestATokenIsKnownAndNotKept(t *testing.T) {
	book, _, path := open(t)
	if required, err := book.Required(); err != nil || required {
		t.Errorf("credentials are required (%v) before there is a sender: %v", required, err)
	}
	token := add(t, book, "pnp", "urn:pe:pnp:*")
	expect(t, book, "new", token, "pnp")
	for name, wrong := range map[string]string{
		"another secret": token[:len(token)-1] + "_", "another id": "amparo_000000000000" + token[19:], "half": token[:30], "nothing": "", "a word": "secret",
	} {
		expect(t, book, name, wrong, "")
	}
	if required, err := book.Required(); err != nil || !required {
		t.Errorf("credentials are required: %v, %v", required, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if secret := token[strings.LastIndex(token[:20], "_")+1:]; strings.Contains(string(text), secret) {
		t.Error("the file holds the secret")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file can be read by others: %v, %v", info.Mode(), err)
	}
}

func TestAnOldTokenLastsAWhileAfterRotation(t *testing.T) {
	book, at, _ := open(t)
	old := add(t, book, "pnp", "urn:pe:pnp")
	token, err := book.Rotate("pnp", time.Hour, "Unew")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, book, "the old one at once", old, "pnp")
	expect(t, book, "the new one", token, "pnp")
	at.Time = at.Add(time.Hour)
	expect(t, book, "the old one an hour later", old, "")
	expect(t, book, "the new one an hour later", token, "pnp")
	if _, err := book.ByNkey("Upnp"); !errors.Is(err, senders.ErrUnknown) {
		t.Errorf("the old nkey an hour later: %v", err)
	}
	if s, err := book.ByNkey("Unew"); err != nil || s.Name != "pnp" {
		t.Errorf("the new nkey: %v, %v", s, err)
	}
}

// Another process may hold the book open: what is revoked is so there too.
func TestARevokedSenderIsRefusedEverywhereAtOnce(t *testing.T) {
	book, at, path := open(t)
	other, err := senders.Open(path, at.now)
	if err != nil {
		t.Fatal(err)
	}
	token := add(t, book, "pnp", "urn:pe:pnp")
	expect(t, other, "before", token, "pnp")
	if err := book.Revoke("pnp"); err != nil {
		t.Fatal(err)
	}
	expect(t, other, "after", token, "")
	if _, err := other.ByName("pnp"); !errors.Is(err, senders.ErrUnknown) {
		t.Errorf("by name: %v", err)
	}
	if required, err := other.Required(); err != nil || !required {
		t.Errorf("with its only sender revoked the door is open to all: %v, %v", required, err)
	}
	if _, err := book.Rotate("pnp", 0, "U"); err == nil {
		t.Error("a revoked sender gets new credentials")
	}
	add(t, book, "pnp-2", "urn:pe:pnp")
}

func TestABrokenBookLetsNobodyIn(t *testing.T) {
	book, _, path := open(t)
	token := add(t, book, "pnp", "urn:pe:pnp")
	if err := os.WriteFile(path, []byte(`{"format":1,"senders":[`), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := book.ByToken(token); err == nil || errors.Is(err, senders.ErrUnknown) {
		t.Errorf("%v, %v: want an error of the file", s, err)
	}
	if _, err := book.Required(); err == nil {
		t.Error("nobody needs a credential")
	}
}

func TestWhatCannotBeASenderIsRefused(t *testing.T) {
	book, _, _ := open(t)
	add(t, book, "pnp", "urn:pe:pnp:*")
	for name, tt := range map[string]struct {
		name  string
		scope senders.Scope
		says  string
	}{
		"its name again":              {"pnp", senders.Scope{Sources: []string{"urn:pe:pj"}}, "already"},
		"a name with a dot":           {"p.np", senders.Scope{Sources: []string{"urn:pe:pj"}}, "lower-case"},
		"no source":                   {"pj", senders.Scope{}, "--source"},
		"every source":                {"pj", senders.Scope{Sources: []string{"*"}}, "not one"},
		"a source of another":         {"pj", senders.Scope{Sources: []string{"urn:pe:pnp:sidpol"}}, "no two senders"},
		"sources around another's":    {"pj", senders.Scope{Sources: []string{"urn:pe:*"}}, "no two senders"},
		"a department that is not":    {"pj", senders.Scope{Sources: []string{"urn:pe:pj"}, Departments: []string{"4"}}, "04, 15"},
		"a type that is not":          {"pj", senders.Scope{Sources: []string{"urn:pe:pj"}, Types: []string{"report.recieved"}}, "no event type"},
		"a noun that no type has":     {"pj", senders.Scope{Sources: []string{"urn:pe:pj"}, Types: []string{"coffee.*"}}, "no event type"},
		"a source with a star inside": {"pj", senders.Scope{Sources: []string{"urn:*:pj"}}, "not one"},
	} {
		if _, err := book.Add(tt.name, tt.scope, cat, "U"); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want …%s…", name, err, tt.says)
		}
	}
}

func TestASenderSpeaksForItselfAlone(t *testing.T) {
	s := &senders.Sender{Name: "pnp", Sources: []string{"urn:pe:pnp:*", "urn:pe:ciudad"}, Departments: []string{"04"}, Types: []string{"report.*", "visit.made"}}
	e := func(source, kind string) *event.Event { return &event.Event{Source: source, Type: kind} }
	for name, tt := range map[string]struct {
		event                *event.Event
		department, retracts string
		field                string
	}{
		"its own":                   {e("urn:pe:pnp:sidpol", "report.refused"), "04", "", ""},
		"its other own":             {e("urn:pe:ciudad", "visit.made"), "04", "", ""},
		"another's":                 {e("urn:pe:pj", "report.refused"), "04", "", "source"},
		"one that begins like it":   {e("urn:pe:ciudad:2", "report.refused"), "04", "", "source"},
		"another's taken back":      {e("urn:pe:ciudad", "report.refused"), "04", "urn:pe:pj", "data.source"},
		"its own taken back":        {e("urn:pe:ciudad", "report.refused"), "04", "urn:pe:pnp:x", ""},
		"another department":        {e("urn:pe:ciudad", "report.refused"), "15", "", "data.ubigeo"},
		"a type that is not for it": {e("urn:pe:ciudad", "visit.planned"), "04", "", "type"},
	} {
		r := s.Allows(tt.event, tt.department, tt.retracts)
		if tt.field == "" && r != nil || tt.field != "" && (r == nil || r.Field != tt.field || r.Reason != event.NotAllowed) {
			t.Errorf("%s: %v, want a refusal in %q", name, r, tt.field)
		}
	}
}
