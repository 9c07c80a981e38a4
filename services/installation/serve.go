package installation

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"amparo/pipeline/store/engine"
)

// runFile is run.json: where the owner of a data folder serves it.
type runFile struct {
	PID        int    `json:"pid"`
	NATS       string `json:"nats,omitempty"`
	ClickHouse string `json:"clickhouse,omitempty"` // DSN with the token
	Token      string `json:"token"`
	Pages      string `json:"pages,omitempty"`
}

func runFilePath(dir string) string { return filepath.Join(dir, "run.json") }

func newToken() (string, error) {
	b := make([]byte, 24)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a token: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// keptToken is the token of a data folder. It stays the same from one start to the
// next, so that whoever was told it finds this installation again.
func keptToken(dir string) (string, error) {
	path := filepath.Join(dir, "token")
	kept, err := os.ReadFile(path)
	if token := strings.TrimSpace(string(kept)); err == nil && len(token) >= 32 {
		return token, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the token of the data folder: %w", err)
	}
	token, err := newToken()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path+".new", []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the token of the data folder: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return "", fmt.Errorf("keep the token of the data folder: %w", err)
	}
	return token, nil
}

func readRunFile(dir string) (runFile, error) {
	var run runFile
	b, err := os.ReadFile(runFilePath(dir))
	if err != nil {
		return run, err
	}
	err = json.Unmarshal(b, &run)
	return run, err
}

func removeRunFile(dir string) error {
	if err := os.Remove(runFilePath(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what an earlier run left: %w", err)
	}
	return nil
}

// Serve lets other processes use this installation: the engine over ClickHouse's
// HTTP interface on loopback at the given port (0 for a free one), and run.json,
// which only its user can read. It returns the address of ClickHouse.
func (in *Installation) Serve(ctx context.Context, port int, log *slog.Logger) (string, error) {
	run := runFile{PID: os.Getpid(), Token: in.Token}
	if in.Server != nil {
		run.NATS = in.Server.URL()
	}
	address := ""
	if in.Engine != nil {
		var listen net.ListenConfig
		l, err := listen.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(port)))
		if err != nil {
			return "", fmt.Errorf("listen for ClickHouse's HTTP interface: %w", err)
		}
		server := &http.Server{Handler: engine.Handler(in.Engine, in.Token, log), ReadHeaderTimeout: 10 * time.Second}
		go server.Serve(l) //nolint:errcheck // It ends when it is closed.
		in.onStop("clickhouse listener", server.Close)
		address = "http://" + l.Addr().String()
		dsn := url.URL{Scheme: "http", User: url.UserPassword("amparo", in.Token), Host: l.Addr().String(), Path: "/default"}
		run.ClickHouse = dsn.String()
	}
	b, err := json.MarshalIndent(run, "", "  ")
	if err != nil {
		return "", fmt.Errorf("encode run.json: %w", err)
	}
	path := runFilePath(in.dir)
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return "", fmt.Errorf("write run.json: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return "", fmt.Errorf("write run.json: %w", err)
	}
	in.onStop("run.json", func() error { return removeRunFile(in.dir) })
	return address, nil
}
