package operate

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/goccy/go-yaml"

	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/senders"
)

// webConfig is the part of --web-config that says who is let in.
type webConfig struct {
	TLS struct {
		Cert       string `yaml:"cert"`
		CertFile   string `yaml:"cert_file"`
		ClientAuth string `yaml:"client_auth_type"`
	} `yaml:"tls_server_config"`
	Users map[string]string `yaml:"basic_auth_users"`
}

func (c *webConfig) encrypts() bool { return c.TLS.Cert != "" || c.TLS.CertFile != "" }

func (c *webConfig) asks() bool {
	return len(c.Users) > 0 || c.TLS.ClientAuth == "RequireAndVerifyClientCert"
}

func readWebConfig(g *command.Globals) (config webConfig, err error) {
	if g.WebConfig == "" {
		return config, nil
	}
	b, err := os.ReadFile(g.WebConfig)
	if err == nil {
		err = yaml.Unmarshal(b, &config)
	}
	if err != nil {
		return config, command.Invalid(fmt.Errorf("read --web-config %s: %w", g.WebConfig, err))
	}
	return config, nil
}

// A listener is where to serve. guarded says that what is served there asks for
// credentials itself.
type listener struct {
	address string
	guarded bool
}

// mayListen refuses an address that other machines can reach, unless TLS and
// credentials stand before it, or the operator has said in words that they need
// not.
func mayListen(g *command.Globals, listen listener) error {
	if err := checkAddress(listen.address); err != nil {
		return err
	}
	if isLoopback(listen.address) || g.UnprotectedListen {
		return nil
	}
	config, err := readWebConfig(g)
	if err != nil {
		return err
	}
	if config.encrypts() && (config.asks() || listen.guarded) {
		return nil
	}
	return command.Invalid(fmt.Errorf("other machines can reach %s: give TLS and passwords with --web-config FILE, or listen on 127.0.0.1; "+
		"where a proxy in front has both, say so with --unprotected-listen", listen.address))
}

// errNoSenders means that anybody could send.
var errNoSenders = errors.New("other machines can reach this address and nobody has credentials: add those who may send with amparo senders add, " +
	"or listen on 127.0.0.1")

// mayTakeEvents is mayListen for what takes events: beyond this machine nobody
// sends without a credential. alone says that nothing else is served there that
// would need one.
func mayTakeEvents(g *command.Globals, address string, book *senders.Book, alone bool) (listener, error) {
	if err := checkAddress(address); err != nil {
		return listener{}, err
	}
	required, err := book.Required()
	listen := listener{address, alone && required}
	if err != nil || isLoopback(address) || g.UnprotectedListen {
		return listen, err
	}
	if !required {
		return listen, command.Invalid(errNoSenders)
	}
	return listen, mayListen(g, listen)
}

// checkAddress refuses what is no address to listen on.
func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return command.Invalid(fmt.Errorf("--listen %q: expected an address and a port up to 65535, such as 127.0.0.1:8364", address))
	}
	return nil
}

// isLoopback reports whether only this machine can reach an address. A name is
// looked at as it is written: what it means may change.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// onlyNear answers only this machine, where the listener itself asks for no
// credentials and can be reached from others: for what does not ask itself.
func onlyNear(g *command.Globals, listen listener, next http.Handler) http.Handler {
	config, err := readWebConfig(g)
	if isLoopback(listen.address) || g.UnprotectedListen || err == nil && config.asks() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.RemoteAddr) {
			http.Error(w, "only from this machine, or with passwords in --web-config", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// natsListenFlags are those of a NATS listener for senders.
type natsListenFlags struct {
	NATSListen string `name:"nats-listen" placeholder:"ADDRESS" help:"Where the NATS server inside listens for senders; nothing leaves it on a free loopback port."`
	NATSCert   string `name:"nats-cert" placeholder:"FILE" help:"Certificate of that listener."`
	NATSKey    string `name:"nats-key" placeholder:"FILE" help:"Key of that certificate."`
}

// gate is how the NATS server inside lets in the senders of a book.
func (f *natsListenFlags) gate(book *senders.Book) (installation.Gate, error) {
	gate := installation.Gate{Admit: func(public string) (string, time.Time, bool) {
		s, err := book.ByNkey(public)
		if err != nil {
			return "", time.Time{}, false
		}
		return s.Name, s.NkeyUntil(public), true
	}}
	if f.NATSListen == "" {
		return gate, nil
	}
	host, port, err := net.SplitHostPort(f.NATSListen)
	if err == nil {
		gate.Port, err = strconv.Atoi(port)
	}
	if err != nil {
		return gate, command.Invalid(fmt.Errorf("read --nats-listen %s: give an address and a port, such as 0.0.0.0:4222: %w", f.NATSListen, err))
	}
	gate.Host = cmp.Or(host, "0.0.0.0")
	if isLoopback(f.NATSListen) {
		return gate, nil
	}
	if f.NATSCert == "" || f.NATSKey == "" {
		return gate, command.Invalid(errors.New("other machines can reach --nats-listen: give --nats-cert and --nats-key"))
	}
	pair, err := tls.LoadX509KeyPair(f.NATSCert, f.NATSKey)
	if err != nil {
		return gate, command.Invalid(fmt.Errorf("read --nats-cert and --nats-key: %w", err))
	}
	gate.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	return gate, nil
}
