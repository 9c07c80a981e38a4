package exchange

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/stream/host"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/present"
	"amparo/services/senders"
)

// SendersCmd are the commands about senders.
type SendersCmd struct {
	Add    sendersAddCmd    `cmd:"" help:"Let an institution send: prints its token and the seed of its nkey, once."`
	List   sendersListCmd   `cmd:"" help:"Who may send what, and until when."`
	Rotate sendersRotateCmd `cmd:"" help:"New credentials; the old ones are good for a while yet."`
	Revoke sendersRevokeCmd `cmd:"" help:"Make all credentials of a sender void at once."`
	NATS   sendersNATSCmd   `cmd:"" name:"nats-accounts" help:"Print accounts and nkeys as configuration of a NATS server elsewhere."`
}

// sendersFlags are those of every command about senders.
type sendersFlags struct {
	Senders string `placeholder:"FILE" help:"The book of senders; DIR/senders.json where nothing is said."`
}

func (f *sendersFlags) open(g *command.Globals, streams *command.Streams) (*senders.Book, error) {
	return senders.Open(SendersFile(g, f.Senders), streams.Now)
}

// SendersFile is where the book of senders is.
func SendersFile(g *command.Globals, given string) string {
	return cmp.Or(given, filepath.Join(g.Data, "senders.json"))
}

type sendersAddCmd struct {
	sendersFlags
	Name        string   `arg:"" help:"Name of the sender: lower-case letters, digits and -."`
	Source      []string `required:"" help:"Source that it speaks for, such as urn:pe:pnp:sidpol; a * at the end stands for any ending."`
	Departments []string `name:"department" help:"Only events of these departments, by code."`
	Types       []string `name:"type" help:"Only these event types; report.* stands for all of a noun."`
}

// Run adds a sender.
func (c *sendersAddCmd) Run(_ context.Context, g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	book, err := c.open(g, streams)
	if err != nil {
		return err
	}
	public, seed, err := host.NewNkey()
	if err != nil {
		return err
	}
	scope := senders.Scope{Sources: c.Source, Departments: c.Departments, Types: c.Types}
	token, err := book.Add(c.Name, scope, scopeOf(cat), public)
	if err != nil {
		return command.Invalid(err)
	}
	handOver(streams, c.Name, token, seed)
	return nil
}

// scopeOf is what a scope can name in a catalogue.
func scopeOf(cat *law.Catalogue) senders.Catalogue {
	departments := cat.Places.Departments()
	if len(departments) == 0 {
		departments = []string{""}
	}
	return senders.Catalogue{Departments: departments, Types: cat.Events.Names()}
}

// handOver prints what a sender has to be given. Nothing can print it again.
func handOver(streams *command.Streams, name, token, seed string) {
	fmt.Fprintf(streams.Out, "sender     %s\ntoken      %s\nnkey seed  %s\n", name, token, seed)
	fmt.Fprintln(streams.Err, "Give both to the institution by a safe way: they are not kept here and cannot be shown again.")
}

type sendersListCmd struct {
	sendersFlags
	Format string `enum:"table,csv,csv-excel,json,ndjson,xlsx" default:"table" help:"table, csv, csv-excel, json, ndjson or xlsx."`
	Lang   string `enum:"es,en" default:"es" help:"es or en."`
}

// Run lists the senders.
func (c *sendersListCmd) Run(g *command.Globals, streams *command.Streams) error {
	cat, err := installation.LoadCatalogue(g.Catalogue)
	if err != nil {
		return command.Invalid(err)
	}
	if err := existing(SendersFile(g, c.Senders), g.Data); err != nil {
		return command.Invalid(err)
	}
	book, err := c.open(g, streams)
	if err != nil {
		return err
	}
	all, err := book.All()
	if err != nil {
		return err
	}
	p, err := present.New(streams.Out, present.Options{Format: c.Format, Lang: c.Lang, Zone: cat.Zone}, present.Stamp{},
		present.Col("sender", "remitente", "sender"), present.Col("state", "estado", "state"), present.Col("sources", "fuentes", "sources"),
		present.Col("departments", "departamentos", "departments"), present.Col("types", "tipos", "types"),
		present.Col("credentials_from", "credencial desde", "credential from"), present.Col("old_until", "anterior hasta", "old one until"),
		present.Col("revoked_at", "revocado", "revoked"))
	if err != nil {
		return command.Invalid(err)
	}
	for _, s := range all {
		from, until := credentialSpan(s)
		state := present.Coded("active", present.Say("activo", "active"))
		if !s.RevokedAt.IsZero() {
			state = present.Coded("revoked", present.Say("revocado", "revoked"))
		}
		if err := p.Row(present.Text(s.Name), state, present.Texts(s.Sources), present.Texts(s.Departments), present.Texts(s.Types),
			present.At(from), present.At(until), present.At(s.RevokedAt)); err != nil {
			return err
		}
	}
	return p.End()
}

// existing refuses a book that is not there, where its folder is not either: a
// mistyped folder is not one without senders.
func existing(file, data string) error {
	if _, err := os.Stat(filepath.Dir(file)); err != nil {
		return fmt.Errorf("there is no folder %s: give that of the installation with --data (now %s), or the file with --senders", filepath.Dir(file), data)
	}
	return nil
}

// credentialSpan is since when the newest credential is there, and until when the
// last of the old ones is good.
func credentialSpan(s *senders.Sender) (from, oldUntil time.Time) {
	for _, t := range s.Tokens {
		if t.CreatedAt.After(from) {
			from = t.CreatedAt
		}
		if t.ExpiresAt.After(oldUntil) {
			oldUntil = t.ExpiresAt
		}
	}
	return from, oldUntil
}

type sendersRotateCmd struct {
	sendersFlags
	Name string        `arg:"" help:"Name of the sender."`
	Keep time.Duration `default:"24h" help:"How long the old credentials are good yet; 0s ends them at once."`
}

// Run rotates credentials.
func (c *sendersRotateCmd) Run(g *command.Globals, streams *command.Streams) error {
	book, err := c.open(g, streams)
	if err != nil {
		return err
	}
	public, seed, err := host.NewNkey()
	if err != nil {
		return err
	}
	token, err := book.Rotate(c.Name, c.Keep, public)
	if err != nil {
		return command.Invalid(err)
	}
	handOver(streams, c.Name, token, seed)
	return nil
}

type sendersRevokeCmd struct {
	sendersFlags
	Name string `arg:"" help:"Name of the sender."`
}

// Run revokes a sender.
func (c *sendersRevokeCmd) Run(g *command.Globals, streams *command.Streams) error {
	book, err := c.open(g, streams)
	if err != nil {
		return err
	}
	if err := book.Revoke(c.Name); err != nil {
		return command.Invalid(err)
	}
	fmt.Fprintf(streams.Err, "%s can send no more. With a NATS server elsewhere: make its accounts again and reload it.\n", c.Name)
	return nil
}

type sendersNATSCmd struct {
	sendersFlags
	TokenFile string `required:"" placeholder:"FILE" help:"File with the password of the installation's own user on that server: the one that --nats-token-file names."`
}

// Run prints the accounts.
func (c *sendersNATSCmd) Run(g *command.Globals, streams *command.Streams) error {
	token, err := os.ReadFile(c.TokenFile)
	if err != nil {
		return command.Invalid(fmt.Errorf("read the password: %w", err))
	}
	book, err := c.open(g, streams)
	if err != nil {
		return err
	}
	all, err := book.All()
	if err != nil {
		return err
	}
	now := streams.Now()
	var keys []host.SenderKeys
	for _, s := range all {
		publics := s.Publics(now)
		if len(publics) > 0 {
			keys = append(keys, host.SenderKeys{Name: s.Name, Publics: publics})
		}
	}
	slices.SortFunc(keys, func(a, b host.SenderKeys) int { return strings.Compare(a.Name, b.Name) })
	fmt.Fprint(streams.Out, host.AccountsConfig(string(bytes.TrimRight(token, "\r\n ")), keys))
	return nil
}
