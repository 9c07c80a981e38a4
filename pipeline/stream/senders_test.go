package stream_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

// nkeyOf is the option of a client that has the seed.
func nkeyOf(t *testing.T, seed string) nats.Option {
	t.Helper()
	pair, err := nkeys.FromSeed([]byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return nats.Nkey(public, pair.Sign)
}

func newKey(t *testing.T) (public, seed string) {
	t.Helper()
	public, seed, err := host.NewNkey()
	if err != nil {
		t.Fatal(err)
	}
	return public, seed
}

// repeat answers each sender with its name.
func repeat(_ context.Context, sender string, body []byte) []byte {
	return []byte(sender + " sends " + string(body))
}

// expectOwnRoom checks that a sender can send events under its own name, and
// nothing else.
func expectOwnRoom(t *testing.T, url, seed, name string, others ...nats.Option) {
	t.Helper()
	refused := make(chan error, 16)
	options := append([]nats.Option{nkeyOf(t, seed), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err })}, others...)
	nc, err := nats.Connect(url, options...)
	if err != nil {
		t.Fatalf("%s cannot connect: %v", name, err)
	}
	defer nc.Close()
	answer, err := nc.RequestWithContext(t.Context(), host.IntakeSubject, []byte("an event"))
	if err != nil || string(answer.Data) != name+" sends an event" {
		t.Fatalf("%s is answered %v: %v", name, answer, err)
	}
	for _, subject := range []string{"events.04.report.received", host.IntakeSubject + ".another", "$JS.API.STREAM.DELETE.EVENTS", "notices.x"} {
		if err := nc.Publish(subject, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := <-refused; !strings.Contains(err.Error(), "ermissions") {
			t.Errorf("%s may publish to %s: %v", name, subject, err)
		}
	}
	if _, err := nc.SubscribeSync(">"); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := <-refused; !strings.Contains(err.Error(), "ermissions") {
		t.Errorf("%s may listen to all: %v", name, err)
	}
}

func TestASenderHasARoomOfItsOwn(t *testing.T) {
	police, policeSeed := newKey(t)
	court, courtSeed := newKey(t)
	names := map[string]string{police: "pnp", court: "pj"}
	admit := func(public string) (string, time.Time, bool) { return names[public], time.Time{}, names[public] != "" }
	server := startServer(t, host.Config{Dir: t.TempDir(), Host: "127.0.0.1", Port: -1, Token: token, Senders: admit})
	s := open(t, stream.Config{URL: server.URL(), Token: token})
	serveIntake(t, s, repeat)
	serveIntake(t, open(t, stream.Config{Server: server}), repeat)
	expectOwnRoom(t, server.URL(), policeSeed, "pnp")
	expectOwnRoom(t, server.URL(), courtSeed, "pj")
	if last, err := s.LastSeq(t.Context()); err != nil || last != 0 {
		t.Errorf("%d events on the stream: %v", last, err)
	}
	_, stranger := newKey(t)
	wrong, err := nkeys.FromSeed([]byte(stranger))
	if err != nil {
		t.Fatal(err)
	}
	for name, option := range map[string]nats.Option{
		"an unknown nkey":                  nkeyOf(t, stranger),
		"a known nkey signed by another":   nats.Nkey(police, wrong.Sign),
		"a wrong token":                    nats.Token("wrong"),
		"no credential":                    nats.Name("nobody"),
		"a sender's name without its nkey": nats.UserInfo("pnp", ""),
	} {
		if nc, err := nats.Connect(server.URL(), option); err == nil {
			nc.Close()
			t.Errorf("%s is let in", name)
		}
	}
}

func TestASenderIsSentAwayWhenItsNkeyEnds(t *testing.T) {
	public, seed := newKey(t)
	admit := func(key string) (string, time.Time, bool) { return "pnp", time.Now().Add(time.Second), key == public }
	server := startServer(t, host.Config{Dir: t.TempDir(), Host: "127.0.0.1", Port: -1, Token: token, Senders: admit})
	gone := make(chan struct{})
	nc, err := nats.Connect(server.URL(), nkeyOf(t, seed), nats.NoReconnect(), nats.ClosedHandler(func(*nats.Conn) { close(gone) }))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	<-gone
}

// selfSigned is a certificate for an address, and the pool that trusts it.
func selfSigned(t *testing.T, ip net.IP) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{ip}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}, pool
}

func TestSendersFromElsewhereComeWithTLS(t *testing.T) {
	public, seed := newKey(t)
	admit := func(key string) (string, time.Time, bool) { return "pnp", time.Time{}, key == public }
	if _, err := host.Start(host.Config{Dir: t.TempDir(), Host: "0.0.0.0", Port: -1, Token: token, Senders: admit}); err == nil {
		t.Fatal("a server without a certificate listens beyond loopback")
	}
	config, pool := selfSigned(t, net.IPv4(127, 0, 0, 1))
	server := startServer(t, host.Config{Dir: t.TempDir(), Host: "0.0.0.0", Port: -1, Token: token, Senders: admit, TLS: config})
	serveIntake(t, open(t, stream.Config{URL: server.URL(), Token: token}), repeat)
	expectOwnRoom(t, server.URL(), seed, "pnp", nats.Secure(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	if elsewhere := addressElsewhere(t); elsewhere != "" {
		_, port, err := net.SplitHostPort(strings.TrimPrefix(server.URL(), "nats://"))
		if err != nil {
			t.Fatal(err)
		}
		if nc, err := nats.Connect("nats://"+net.JoinHostPort(elsewhere, port), nkeyOf(t, seed)); err == nil {
			nc.Close()
			t.Error("a connection from elsewhere is let in without TLS")
		}
	}
}

// addressElsewhere is an address of this machine that is not loopback, as a
// connection from elsewhere would show; "" on a machine without a network.
func addressElsewhere(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && ip.IP.To4() != nil {
			return ip.IP.String()
		}
	}
	return ""
}

// The configuration for a server of its own gives senders the same rooms. What a
// server without accounts kept before is there again when its folder is renamed.
func TestTheConfigurationForAnotherServerGivesTheSameRooms(t *testing.T) {
	police, policeSeed := newKey(t)
	court, courtSeed := newKey(t)
	dir := t.TempDir()
	listen := "listen: \"127.0.0.1:-1\"\njetstream { store_dir: " + dir + ", sync_interval: always }\n"
	url, stop := configured(t, dir, listen+"authorization { token: "+token+" }\n")
	if _, err := open(t, stream.Config{URL: url, Token: token}).Publish(t.Context(), []stream.Message{
		{Subject: stream.EventSubject("04", "visit.made"), Data: []byte("{}")},
	}); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := os.Rename(filepath.Join(dir, "jetstream", "$G"), filepath.Join(dir, "jetstream", "AMPARO")); err != nil {
		t.Fatal(err)
	}
	url, _ = configured(t, dir, listen+host.AccountsConfig(token, []host.SenderKeys{
		{Name: "pnp", Publics: []string{police}}, {Name: "pj", Publics: []string{court}}, {Name: "revoked"},
	}))
	s := open(t, stream.Config{URL: url, Token: token})
	serveIntake(t, s, repeat)
	expectOwnRoom(t, url, policeSeed, "pnp")
	expectOwnRoom(t, url, courtSeed, "pj")
	if last, err := s.LastSeq(t.Context()); err != nil || last != 1 {
		t.Errorf("%d events on the stream that moved into the account: %v", last, err)
	}
}

// configured starts a server as its own program would read a configuration.
func configured(t *testing.T, dir, text string) (url string, stop func()) {
	t.Helper()
	conf := filepath.Join(dir, "nats.conf")
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	options, err := natsserver.ProcessConfigFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	options.NoSigs, options.NoLog = true, true
	server, err := natsserver.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	stop = func() {
		server.Shutdown()
		server.WaitForShutdown()
	}
	t.Cleanup(stop)
	if !server.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server does not start")
	}
	return server.ClientURL(), stop
}
