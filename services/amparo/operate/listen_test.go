package operate

import (
	"os"
	"path/filepath"
	"testing"

	"amparo/services/amparo/command"
)

func TestListeningBeyondThisMachineNeedsProtection(t *testing.T) {
	dir := t.TempDir()
	certOnly := filepath.Join(dir, "cert.yml")
	write(t, certOnly, "tls_server_config:\n  cert_file: a.pem\n  key_file: a.key\n")
	passwordsOnly := filepath.Join(dir, "passwords.yml")
	write(t, passwordsOnly, "basic_auth_users:\n  a: b\n")
	both := filepath.Join(dir, "both.yml")
	write(t, both, "tls_server_config:\n  cert_file: a.pem\n  key_file: a.key\nbasic_auth_users:\n  a: b\n")
	for name, tt := range map[string]struct {
		g       command.Globals
		listen  listener
		allowed bool
	}{
		"loopback":                    {command.Globals{}, listener{address: "127.0.0.1:80"}, true},
		"loopback by name":            {command.Globals{}, listener{address: "localhost:80"}, true},
		"loopback of IPv6":            {command.Globals{}, listener{address: "[::1]:80"}, true},
		"everywhere":                  {command.Globals{}, listener{address: "0.0.0.0:80"}, false},
		"everywhere, without address": {command.Globals{}, listener{address: ":80"}, false},
		"a name":                      {command.Globals{}, listener{address: "amparo.example.pe:80"}, false},
		"TLS without passwords":       {command.Globals{WebConfig: certOnly}, listener{address: "0.0.0.0:80"}, false},
		"passwords without TLS":       {command.Globals{WebConfig: passwordsOnly}, listener{address: "0.0.0.0:80"}, false},
		"both":                        {command.Globals{WebConfig: both}, listener{address: "0.0.0.0:80"}, true},
		"TLS and senders' tokens":     {command.Globals{WebConfig: certOnly}, listener{address: "0.0.0.0:80", guarded: true}, true},
		"senders' tokens without TLS": {command.Globals{}, listener{address: "0.0.0.0:80", guarded: true}, false},
		"told so in words":            {command.Globals{UnprotectedListen: true}, listener{address: "0.0.0.0:80"}, true},
	} {
		if err := mayListen(&tt.g, tt.listen); (err == nil) != tt.allowed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
