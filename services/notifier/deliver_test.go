package notifier

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"amparo/pipeline/store"
	"amparo/pipeline/stream"
	"amparo/pipeline/stream/streamtest"
)

const hookSecret = "a-secret-of-the-webhook"

// A receiver is a webhook that answers as the test says.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(n Notice, attempt int) int // status; 0 hangs until the sender gives up
	tries  map[string]int                  // attempts by id
	taken  []Notice
	bad    []string
}

func newReceiver(t *testing.T, answer func(Notice, int) int) *receiver {
	r := &receiver{answer: answer, tries: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	var n Notice
	if err == nil {
		err = json.Unmarshal(body, &n)
	}
	r.mu.Lock()
	switch {
	case err != nil:
		r.bad = append(r.bad, err.Error())
	case req.Header.Get(HeaderID) != n.ID:
		r.bad = append(r.bad, "the header has another id than the notice")
	case req.Header.Get(HeaderSignature) != "v1="+Sign([]byte(hookSecret), req.Header.Get(HeaderTimestamp), body):
		r.bad = append(r.bad, "the signature is wrong")
	}
	r.tries[n.ID]++
	status := r.answer(n, r.tries[n.ID])
	if status == http.StatusOK {
		r.taken = append(r.taken, n)
	}
	r.mu.Unlock()
	if status == 0 {
		<-req.Context().Done()
		return
	}
	w.WriteHeader(status)
}

func always(status int) func(Notice, int) int { return func(Notice, int) int { return status } }

// keeper keeps undelivered notices in memory.
type keeper struct {
	mu   sync.Mutex
	kept []store.Undelivered
}

func (k *keeper) InsertUndelivered(_ context.Context, u store.Undelivered) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = append(k.kept, u)
	return nil
}

// A post is a stream with a webhook that reads it.
type post struct {
	*testing.T
	stream *stream.Stream
	seq    uint64
	keeper keeper
	sender *Sender
	hook   Webhook
}

func newPost(t *testing.T, hook Webhook) *post {
	p := &post{T: t, stream: streamtest.Open(t), hook: hook}
	p.hook.Name, p.hook.secret = "desk", []byte(hookSecret)
	p.open()
	return p
}

// open opens the webhook anew, as after a crash.
func (p *post) open() {
	p.Helper()
	sender, err := OpenSender(p.Context(), p.hook, p.stream, &p.keeper, time.Now, slog.New(slog.DiscardHandler), NewMetrics(prometheus.NewRegistry()))
	if err != nil {
		p.Fatal(err)
	}
	sender.retry.first, sender.retry.longest = time.Millisecond, 10*time.Millisecond
	p.sender = sender
}

// announce appends the first n notices of a case.
func (p *post) announce(token string, kinds ...Kind) {
	p.Helper()
	for i, kind := range kinds {
		n := Notice{ID: fmt.Sprintf("%s-%d", token, i), Kind: kind, Duty: "measures-decided", Department: "04", Token: token, DueAt: "2024-03-01T12:00:00Z"}
		msg, err := n.message()
		if err != nil {
			p.Fatal(err)
		}
		if p.seq, err = p.stream.AppendNotices(p.Context(), []stream.Notice{msg}, p.seq); err != nil {
			p.Fatal(err)
		}
	}
}

// deliver runs the sender until all that is there is dealt with.
func (p *post) deliver() {
	p.Helper()
	if err := p.sender.once(p.Context()); err != nil {
		p.Fatal(err)
	}
}

// want checks what arrived of each case, and in which order.
func (r *receiver) want(t *testing.T, want map[string]string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	got := map[string]string{}
	for _, n := range r.taken {
		got[n.Token] = strings.TrimSpace(got[n.Token] + " " + string(n.Kind))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("arrived %v, want %v", got, want)
	}
	if len(r.bad) > 0 {
		t.Errorf("what was sent is wrong: %v", r.bad)
	}
}

func TestAWebhookGetsEverythingSignedAndInOrder(t *testing.T) {
	for outcome, answer := range map[string]func(Notice, int) int{
		"at once":                        always(http.StatusOK),
		"after answers of 500":           func(_ Notice, attempt int) int { return []int{500, 503, 200}[min(attempt, 3)-1] },
		"after it hung":                  func(_ Notice, attempt int) int { return []int{0, 200}[min(attempt, 2)-1] },
		"after its rights were restored": func(_ Notice, attempt int) int { return []int{401, 404, 200}[min(attempt, 3)-1] },
		"and a redirect is not followed": func(_ Notice, attempt int) int { return []int{307, 200}[min(attempt, 2)-1] },
	} {
		t.Run(outcome, func(t *testing.T) {
			r := newReceiver(t, answer)
			p := newPost(t, Webhook{URL: r.URL, Timeout: 200 * time.Millisecond, Parallel: 4})
			want := map[string]string{}
			for i := range 5 {
				token := fmt.Sprintf("token%d", i)
				p.announce(token, DueSoon, Missed, Late)
				want[token] = "due-soon missed late"
			}
			p.deliver()
			r.want(t, want)
			if got := testutil.ToFloat64(p.sender.metrics.deliveries.WithLabelValues("desk", delivered)); got != 15 {
				t.Errorf("%v counted as delivered, want 15", got)
			}
		})
	}
}

func TestAWebhookThatWasDownGetsWhatItMissed(t *testing.T) {
	r := newReceiver(t, always(http.StatusOK))
	address := r.Listener.Addr().String()
	p := newPost(t, Webhook{URL: r.URL})
	r.Close()
	p.announce("token", DueSoon, Missed)
	down, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.sender.Run(down); err != nil {
		t.Fatal(err)
	}
	p.announce("other", Missed)
	back := &receiver{answer: always(http.StatusOK), tries: map[string]int{}}
	back.Server = httptest.NewUnstartedServer(http.HandlerFunc(back.serve))
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	back.Listener.Close()
	back.Listener = l
	back.Start()
	t.Cleanup(back.Close)
	p.open()
	p.deliver()
	back.want(t, map[string]string{"token": "due-soon missed", "other": "missed"})
}

func TestACrashRepeatsWithTheSameID(t *testing.T) {
	stop, crash := context.WithCancel(t.Context())
	r := newReceiver(t, nil)
	r.answer = func(n Notice, attempt int) int {
		if n.Kind == Missed && attempt == 1 {
			crash() // The first notice is delivered, and nothing is acknowledged.
			return 0
		}
		return http.StatusOK
	}
	p := newPost(t, Webhook{URL: r.URL})
	p.announce("token", DueSoon, Missed)
	if err := p.sender.once(stop); err == nil {
		t.Fatal("the sender was not stopped")
	}
	p.open()
	p.deliver()
	r.want(t, map[string]string{"token": "due-soon due-soon missed"})
	if first, again := r.taken[0].ID, r.taken[1].ID; first != again {
		t.Errorf("delivered as %s and then as %s", first, again)
	}
}

func TestWhatIsRefusedForGoodIsKeptAndTheRestGoesOn(t *testing.T) {
	r := newReceiver(t, func(n Notice, _ int) int {
		if n.Kind == Missed {
			return http.StatusUnprocessableEntity
		}
		return http.StatusOK
	})
	p := newPost(t, Webhook{URL: r.URL})
	p.announce("token", DueSoon, Missed, Late)
	p.deliver()
	r.want(t, map[string]string{"token": "due-soon late"})
	if len(p.keeper.kept) != 1 || p.keeper.kept[0].ID != "token-1" || !strings.Contains(p.keeper.kept[0].Reason, "422") || !strings.Contains(p.keeper.kept[0].Body, "missed") {
		t.Errorf("kept %+v", p.keeper.kept)
	}
}

func TestWhatFailsTooLongIsKept(t *testing.T) {
	r := newReceiver(t, always(http.StatusInternalServerError))
	p := newPost(t, Webhook{URL: r.URL, GiveUpAfter: time.Nanosecond})
	p.announce("token", Missed)
	p.deliver()
	if len(p.keeper.kept) != 1 {
		t.Errorf("kept %+v", p.keeper.kept)
	}
}

func TestAWebhookGetsOnlyWhatItAskedFor(t *testing.T) {
	r := newReceiver(t, always(http.StatusOK))
	p := newPost(t, Webhook{URL: r.URL, Kinds: []Kind{Missed}, Departments: []string{"04"}})
	p.announce("token", DueSoon, Missed, Late)
	p.deliver()
	r.want(t, map[string]string{"token": "missed"})
}

func TestUndeliveredNoticesAreInTheStore(t *testing.T) {
	s, _ := openStore(t)
	u := store.Undelivered{Webhook: "desk", Seq: 7, ID: "a", Reason: "refused", Body: "{}", RefusedAt: noon}
	for range 2 {
		if err := s.InsertUndelivered(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Undelivered(t.Context()); err != nil || !slices.Equal(got, []store.Undelivered{u}) {
		t.Errorf("%+v (%v), want %+v once", got, err, u)
	}
}

func TestWebhookSettings(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte(hookSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	load := func(text string) ([]Webhook, error) {
		path := filepath.Join(dir, "webhooks.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return LoadWebhooks(path, catalogue(t))
	}
	hooks, err := load(`webhooks:
  - {name: desk, url: "https://desk.example/hook", secret_file: key, departments: ["04", "15"], kinds: [missed, late], timeout: 3s}
`)
	if err != nil || len(hooks) != 1 {
		t.Fatalf("%d webhooks (%v)", len(hooks), err)
	}
	if h := hooks[0]; string(h.secret) != hookSecret || h.Timeout != 3*time.Second || h.Parallel != defaultParallel || h.GiveUpAfter != defaultGiveUpAfter {
		t.Errorf("settings %+v", h)
	}
	want := []string{"notices.04.*.late", "notices.04.*.missed", "notices.15.*.late", "notices.15.*.missed"}
	if got := hooks[0].subjects(); !slices.Equal(got, want) {
		t.Errorf("subjects %v, want %v", got, want)
	}
	for outcome, tt := range map[string]struct{ line, want string }{
		"in the clear is refused":             {`{name: a, url: "http://desk.example/hook", secret_file: key}`, "https://"},
		"without a secret is refused":         {`{name: a, url: "https://desk.example/hook"}`, "secret_file"},
		"with an unknown duty is refused":     {`{name: a, url: "https://desk.example/hook", secret_file: key, duties: [no-such]}`, "no-such"},
		"with an unknown kind is refused":     {`{name: a, url: "https://desk.example/hook", secret_file: key, kinds: [overdue]}`, "overdue"},
		"with an unknown place is refused":    {`{name: a, url: "https://desk.example/hook", secret_file: key, departments: ["99"]}`, "99"},
		"with an unknown setting is refused":  {`{name: a, url: "https://desk.example/hook", secret_file: key, retries: 3}`, "retries"},
		"with a name like a path is refused":  {`{name: ../a, url: "https://desk.example/hook", secret_file: key}`, "name"},
		"to this machine may be in the clear": {`{name: a, url: "http://127.0.0.1:9/hook", secret_file: key}`, ""},
	} {
		t.Run(outcome, func(t *testing.T) {
			_, err := load("webhooks:\n  - " + tt.line + "\n")
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want one that says %q", err, tt.want)
			}
		})
	}
}
