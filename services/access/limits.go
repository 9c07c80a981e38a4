package access

import (
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"
)

// A kind of request has a rate of its own: a page is read, an API is polled, a file is made
// for one reader.
type requestKind int

const (
	pageRequest requestKind = iota
	apiRequest
	fileRequest
)

// kindNames are the kinds as the metric names them.
var kindNames = map[requestKind]string{pageRequest: "page", apiRequest: "api", fileRequest: "file"}

// pace is how often something may be asked for: at once so often, and then once in a while.
type pace struct {
	every time.Duration
	burst int
}

// by is a pace so many times as fast, one request at the least.
func (p pace) by(times float64) pace {
	return pace{time.Duration(float64(p.every) / times), max(1, int(float64(p.burst)*times))}
}

// paces are those of an account, or of an address without one.
var paces = map[requestKind]pace{
	pageRequest: {100 * time.Millisecond, 100},
	apiRequest:  {200 * time.Millisecond, 60},
	fileRequest: {10 * time.Second, 10},
}

// leastTimes and mostTimes bound how many times the usual pace may be allowed: a person can
// still work at the one, and at the other nothing is slowed that one machine can send.
const (
	leastTimes = 0.1
	mostTimes  = 1000
)

// An office shares one address: together its accounts may ask for so many times what one may.
const sharedBy = 10

// mostBuckets bounds what is remembered. While it is full, who is not in it shares one
// bucket with all others who are not.
const mostBuckets = 20_000

// Limits slow down who asks too often: an account, and an address.
type Limits struct {
	now     func() time.Time
	times   float64 // the usual pace
	refused *prometheus.CounterVec

	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

type bucketKey struct {
	kind requestKind
	of   string // "account " or "address " and its name
}

type bucket struct {
	*rate.Limiter
	fullAt time.Time // nobody misses it from then on
}

// NewLimits returns limits of so many times the usual pace, under which nobody has asked
// for anything yet. What is refused is counted by its kind, from the start, so that the
// first refusal shows as a rise.
func NewLimits(times float64, now func() time.Time, reg prometheus.Registerer) (*Limits, error) {
	if !(times >= leastTimes && times <= mostTimes) { // Not a number is neither.
		return nil, fmt.Errorf("limits of requests: %v times the usual pace is none; choose from %v to %v", times, leastTimes, mostTimes)
	}
	l := &Limits{
		now: now, times: times, buckets: map[bucketKey]*bucket{},
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "amparo_access_requests_refused_total", Help: "Requests that came too soon after others of the same account or address, by what was asked for.",
		}, []string{"kind"}),
	}
	for _, name := range kindNames {
		l.refused.WithLabelValues(name)
	}
	reg.MustRegister(l.refused)
	return l, nil
}

// take counts one request of a viewer from an address. Where it comes too soon, wait says
// after how long the next may come.
func (l *Limits) take(kind requestKind, v Viewer, address string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait = l.wait(kind, v, address); wait > 0 {
		l.refused.WithLabelValues(kindNames[kind]).Inc()
	}
	return wait, wait == 0
}

func (l *Limits) wait(kind requestKind, v Viewer, address string) time.Duration {
	now, p := l.now(), paces[kind].by(l.times)
	shared := 1
	if !v.Anonymous() && !v.Demo {
		shared = sharedBy
		// Who asks too often by themselves takes nothing from those who share the address.
		if wait := l.from(bucketKey{kind, "account " + v.Name}, p, 1, now); wait > 0 {
			return wait
		}
	}
	return l.from(bucketKey{kind, "address " + address}, p, shared, now)
}

// from takes one out of a bucket, or says how long it will be until there is one.
func (l *Limits) from(key bucketKey, p pace, times int, now time.Time) time.Duration {
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) >= mostBuckets {
			l.sweep(now)
		}
		if len(l.buckets) >= mostBuckets {
			key.of = "all others"
			b = l.buckets[key]
		}
	}
	if b == nil {
		b = &bucket{Limiter: rate.NewLimiter(rate.Every(p.every)*rate.Limit(times), p.burst*times)}
		l.buckets[key] = b
	}
	reserved := b.ReserveN(now, 1)
	wait := reserved.DelayFrom(now)
	if wait > 0 {
		reserved.CancelAt(now)
	}
	b.fullAt = now.Add(p.every * time.Duration(p.burst))
	return wait
}

// sweep forgets buckets that are full again.
func (l *Limits) sweep(now time.Time) {
	for key, b := range l.buckets {
		if !now.Before(b.fullAt) {
			delete(l.buckets, key)
		}
	}
}

// kindOf is the kind of a route's requests.
func (r Route) kindOf() requestKind {
	switch {
	case r.Needs == ExportCases, strings.HasSuffix(r.Pattern, "/pdf"):
		return fileRequest
	case strings.Contains(r.Pattern, " "+apiPath):
		return apiRequest
	}
	return pageRequest
}

// addressOf is the address that a request comes from. A proxy on this machine is believed
// about whom it speaks for; one elsewhere stands for all behind it.
func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return host
	}
	through := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
	if ip := net.ParseIP(strings.TrimSpace(through[len(through)-1])); ip != nil {
		return ip.String()
	}
	return host
}

// slow answers a request that came too soon, in words that need no style sheet.
func slow(w http.ResponseWriter, r *http.Request, wait time.Duration) {
	seconds := int(math.Max(1, math.Ceil(wait.Seconds())))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	w.Header().Set("Cache-Control", "no-store")
	es := fmt.Sprintf("Demasiadas consultas seguidas. Espere %d s y vuelva a cargar la página.", seconds)
	en := fmt.Sprintf("Too many requests in a row. Wait %d s and load the page again.", seconds)
	if !wantsPage(r) {
		http.Error(w, es+" · "+en, http.StatusTooManyRequests)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.WriteHeader(http.StatusTooManyRequests)
	fmt.Fprintf(w, `<!doctype html><html lang="es-PE"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Amparo</title><main><h1>Amparo</h1><p>%s</p><p lang="en">%s</p></main></html>`, es, en) //nolint:gosec // Numbers and words of ours.
}
