// Package deploytest starts the real program as processes, for the tests of how
// it is deployed.
package deploytest

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"amparo/pipeline/store/engine/enginetest"
)

// Build builds the program for a test.
func Build(tb testing.TB) string {
	tb.Helper()
	return build(tb, "amparo/services/amparo")
}

// BuildNATS builds the NATS server of the version that is inside the program, as a
// program of its own.
func BuildNATS(tb testing.TB) string {
	tb.Helper()
	return build(tb, "github.com/nats-io/nats-server/v2")
}

func build(tb testing.TB, main string) string {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), "program")
	if out, err := exec.CommandContext(tb.Context(), "go", "build", "-o", program, main).CombinedOutput(); err != nil {
		tb.Fatalf("build %s: %v\n%s", main, err, out)
	}
	return program
}

// A Process runs until Stop, or the end of the test.
type Process struct {
	cmd     *exec.Cmd
	stderr  *output
	address chan string
	ended   chan struct{}
	stop    func()
}

// output keeps what a process writes, for the day it fails. The buffer is not
// embedded: its ReadFrom would write past the lock.
type output struct {
	sync.Mutex
	written bytes.Buffer
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.Lock()
	defer o.Unlock()
	return o.written.Write(p)
}

var addressPattern = regexp.MustCompile(`https?://[0-9.]+:[0-9]+`)

// Start runs a program.
func Start(tb testing.TB, program string, args ...string) *Process {
	tb.Helper()
	cache, err := enginetest.CacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	p := &Process{cmd: exec.CommandContext(context.WithoutCancel(tb.Context()), program, args...), stderr: &output{}, address: make(chan string, 1), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "AMPARO_ENGINE_CACHE="+cache)
	p.cmd.Stderr = p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		tb.Fatalf("start %s: %v", program, err)
	}
	go func() {
		defer close(p.ended)
		p.readAddress(stdout)
	}()
	p.stop = sync.OnceFunc(func() {
		p.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // It may have ended.
		timer := time.AfterFunc(20*time.Second, func() { _ = p.cmd.Process.Kill() })
		defer timer.Stop()
		<-p.ended
		p.cmd.Wait() //nolint:errcheck // It was told to end.
	})
	tb.Cleanup(func() {
		p.stop()
		if tb.Failed() {
			p.stderr.Lock()
			defer p.stderr.Unlock()
			tb.Logf("%s %v:\n%.4000s", filepath.Base(program), args, p.stderr.written.String())
		}
	})
	return p
}

func (p *Process) readAddress(stdout io.Reader) {
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if address := addressPattern.FindString(lines.Text()); address != "" {
			select {
			case p.address <- address:
			default:
			}
		}
	}
	close(p.address)
}

// URL waits for the address that the process prints when it listens.
func (p *Process) URL(tb testing.TB) string {
	tb.Helper()
	address, ok := <-p.address
	if !ok {
		tb.Fatal("the process ended before it listened")
	}
	return address
}

// Kill ends the process at once, as a crash would, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // It may have ended.
	p.stop()
}

// Ended reports whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Log is what the process has written to its standard error so far.
func (p *Process) Log() string {
	p.stderr.Lock()
	defer p.stderr.Unlock()
	return p.stderr.written.String()
}

// Get returns what an address answers, "" while it does not.
func Get(ctx context.Context, url string) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return ""
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close() //nolint:errcheck // It is read to its end.
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}

// Eventually waits until a condition holds, and fails the test when it does not
// within two minutes.
func Eventually(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 2*time.Minute)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			tb.Fatalf("not seen: %s", what)
		case <-ticker.C:
		}
	}
}

// Stop ends the process and waits for it.
func (p *Process) Stop() { p.stop() }
