package host

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net"
	"strings"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

const (
	// IntakeSubject is where producers send events by NATS and wait for the answer. What senders with an account of
	// their own send to it arrives with their name behind it.
	IntakeSubject = "intake.events"
	// OwnUser is the name under which the installation's own processes connect to a server with accounts. Their token is
	// its password.
	OwnUser = "amparo"
)

// Admit names the sender whose public nkey it is, and until when it may stay; the zero time sets no end.
type Admit func(public string) (sender string, until time.Time, ok bool)

// NewNkey makes a key for a sender: the public half, which the server is told, and the seed, which only the sender may
// have.
func NewNkey() (public, seed string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", "", fmt.Errorf("make an nkey: %w", err)
	}
	defer pair.Wipe()
	if public, err = pair.PublicKey(); err != nil {
		return "", "", fmt.Errorf("make an nkey: %w", err)
	}
	secret, err := pair.Seed()
	if err != nil {
		return "", "", fmt.Errorf("make an nkey: %w", err)
	}
	return public, string(secret), nil
}

// gate decides who may connect to a server that senders reach too. The installation's own processes know the token and
// see everything. A sender proves an nkey and gets an account of its own, in which there is one thing: a service that
// takes events. What it sends there arrives with its name, which the server writes and the sender cannot.
type gate struct {
	token  string
	host   string
	admit  Admit
	server *natsserver.Server
}

// senderAccount is the account of a sender.
func senderAccount(name string) string { return "sender-" + name }

// Check implements the server's Authentication.
func (g *gate) Check(c natsserver.ClientAuthentication) bool {
	if c.GetTLSConnectionState() == nil && !g.near(c.RemoteAddress()) {
		return false // Who comes from elsewhere comes with TLS.
	}
	opts := c.GetOpts()
	if opts.Nkey == "" {
		return subtle.ConstantTimeCompare([]byte(opts.Token), []byte(g.token)) == 1
	}
	if !signed(opts.Nkey, opts.Sig, c.GetNonce()) {
		return false
	}
	name, until, ok := g.admit(opts.Nkey)
	if !ok {
		return false
	}
	account, err := g.account(name)
	if err != nil {
		g.server.Errorf("account of sender %s: %v", name, err)
		return false
	}
	c.RegisterUser(&natsserver.User{
		Username: name, Account: account, ConnectionDeadline: until,
		Permissions: &natsserver.Permissions{
			Publish:   &natsserver.SubjectPermission{Allow: []string{IntakeSubject}},
			Subscribe: &natsserver.SubjectPermission{Allow: []string{"_INBOX.>"}},
		},
	})
	return true
}

// near reports whether an address is of this machine. A connection inside the process has none that says so.
func (g *gate) near(address net.Addr) bool {
	host, _, err := net.SplitHostPort(address.String())
	if err != nil {
		return address.Network() == "pipe"
	}
	ip := net.ParseIP(host)
	return host == g.host || ip != nil && ip.IsLoopback()
}

// signed reports whether the owner of an nkey has signed the nonce.
func signed(public, signature string, nonce []byte) bool {
	sig, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		if sig, err = base64.StdEncoding.DecodeString(signature); err != nil {
			return false
		}
	}
	key, err := nkeys.FromPublicKey(public)
	return err == nil && key.Verify(nonce, sig) == nil
}

// account makes the account of a sender the first time it connects.
func (g *gate) account(name string) (*natsserver.Account, error) {
	account, isNew := g.server.LookupOrRegisterAccount(senderAccount(name))
	if !isNew {
		return account, nil
	}
	return account, account.AddServiceImport(g.server.GlobalAccount(), IntakeSubject, IntakeSubject+"."+name)
}

// open lets senders' accounts use the service.
func (g *gate) open(server *natsserver.Server) error {
	g.server = server
	if err := server.GlobalAccount().AddServiceExport(IntakeSubject+".*", nil); err != nil {
		return fmt.Errorf("offer the intake to senders: %w", err)
	}
	return nil
}

// A SenderKeys is a sender with its public nkeys.
type SenderKeys struct {
	Name    string
	Publics []string
}

// AccountsConfig is the part of a NATS server's configuration that gives the installation and each sender an account of
// its own, for a server that is not inside an Amparo process. The token of the installation is its own user's password.
func AccountsConfig(token string, senders []SenderKeys) string {
	var b strings.Builder
	b.WriteString("# Made by `amparo senders nats-accounts`: make it again when a sender is added, rotated or revoked, and reload the server.\n")
	b.WriteString("accounts {\n")
	fmt.Fprintf(&b, "  AMPARO {\n    jetstream: enabled\n    users: [{user: %q, password: %q}]\n    exports: [{service: %q}]\n  }\n", OwnUser, token, IntakeSubject+".*")
	for _, s := range senders {
		fmt.Fprintf(&b, "  %q {\n    users: [\n", senderAccount(s.Name))
		for _, public := range s.Publics {
			fmt.Fprintf(&b, "      {nkey: %s, permissions: {publish: %q, subscribe: \"_INBOX.>\"}}\n", public, IntakeSubject)
		}
		fmt.Fprintf(&b, "    ]\n    imports: [{service: {account: AMPARO, subject: %q}, to: %q}]\n  }\n", IntakeSubject+"."+s.Name, IntakeSubject)
	}
	b.WriteString("}\n")
	return b.String()
}
