package api_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/xuri/excelize/v2"

	"amparo/pipeline/disclosure"
	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/store/engine/enginetest"
	"amparo/services/access"
	"amparo/services/access/grant"
	"amparo/services/api"
	"amparo/services/desk"
	"amparo/services/desk/desktest"
)

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// kept is an access log in memory.
type kept struct{ entries []access.Entry }

// Record implements access.Recorder.
func (k *kept) Record(_ context.Context, e access.Entry) error {
	k.entries = append(k.entries, e)
	return nil
}

var (
	nora = access.Viewer{Name: "nora", Role: access.National}
	ana  = access.Viewer{Name: "ana", Role: access.Analyst, Purpose: "thesis"}
)

// served is the API on the shared store for one viewer.
func served(t *testing.T, v access.Viewer, change ...func(*api.Config)) (*httptest.Server, *access.Guard) {
	t.Helper()
	in := desktest.Counted(t)
	guard, err := access.NewGuard(access.GuardConfig{Viewer: func(*http.Request) access.Viewer { return v }, Recorder: &kept{}, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	cfg := api.Config{
		Catalogue: in.Catalogue, Grouping: "natural", Published: in.Published, Cases: in.Store, Now: desktest.Clock, Log: slog.New(slog.DiscardHandler),
		Last: func() *snapshot.Snapshot { return in.Snapshot }, Board: func() *desk.Board { return in.Board },
		Queue: desktest.Queue(t, &kept{}),
	}
	for _, f := range change {
		f(&cfg)
	}
	must(t, api.Mount(guard, cfg))
	server := httptest.NewServer(guard)
	t.Cleanup(server.Close)
	return server, guard
}

func get(t *testing.T, server *httptest.Server, path string, headers ...string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+api.Base+path, nil)
	must(t, err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := server.Client().Do(req)
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, b
}

// document is a JSON answer.
type document struct {
	AsOf      time.Time        `json:"as_of"`
	Catalogue string           `json:"catalogue"`
	Rows      []map[string]any `json:"rows"`
}

func rows(t *testing.T, server *httptest.Server, path string) document {
	t.Helper()
	resp, b := get(t, server, path)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", path, resp.StatusCode, b)
	}
	var d document
	must(t, json.Unmarshal(b, &d))
	return d
}

// described is the API's own description, checked.
func described(t *testing.T, server *httptest.Server) *openapi3.T {
	t.Helper()
	_, b := get(t, server, "/openapi.json")
	doc, err := openapi3.NewLoader().LoadFromData(b)
	must(t, err)
	must(t, doc.Validate(t.Context()))
	return doc
}

func TestTheDescriptionNamesEveryRouteAndNoOther(t *testing.T) {
	server, guard := served(t, nora)
	doc := described(t, server)
	routes := map[string]bool{}
	for _, route := range guard.Routes() {
		if path := strings.TrimPrefix(route.Pattern, "GET "); path != api.Base+"/" && path != api.Base+"/openapi.json" {
			routes[path] = true
		}
	}
	for _, path := range doc.Paths.InMatchingOrder() {
		if !routes[path] {
			t.Errorf("%s is described and not served", path)
		}
		delete(routes, path)
	}
	for path := range routes {
		t.Errorf("%s is served and not described", path)
	}
}

func TestAnswersAreAsDescribed(t *testing.T) {
	server, _ := served(t, nora)
	doc := described(t, server)
	doc.Servers = openapi3.Servers{{URL: server.URL}}
	router, err := gorillamux.NewRouter(doc)
	must(t, err)
	openapi3filter.RegisterBodyDecoder("application/problem+json", openapi3filter.RegisteredBodyDecoder("application/json"))
	for _, path := range []string{
		"/duties", "/public/on-time?period=month", "/on-time", "/on-time?by=institution&department=15&limit=3", "/indicators?window=all", "/comparisons?pair=coast-highlands",
		"/times?duty=measures-decided", "/standing", "/sources", "/alerts?kind=overdue", "/on-time?window=never", "/duties?lang=qu",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+api.Base+path, nil)
		must(t, err)
		route, params, err := router.FindRoute(req)
		must(t, err)
		input := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route}
		resp, body := get(t, server, path)
		if asked := openapi3filter.ValidateRequest(t.Context(), input); (asked == nil) != (resp.StatusCode == http.StatusOK) {
			t.Errorf("%s: the description says %v, the handler %d", path, asked, resp.StatusCode)
		}
		err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)),
		})
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestTheSameNumbersInEveryFormat(t *testing.T) {
	server, _ := served(t, nora)
	in := desktest.Counted(t)
	whole := in.Board.Whole(desk.Question{Duty: "measures-decided", Window: indicator.Year})
	const path = "/on-time?duty=measures-decided"
	d := rows(t, server, path)
	if len(d.Rows) != 29 || d.Rows[0]["place"] != "nation" || d.Rows[0]["due"] != float64(whole.Due()) || d.Rows[0]["met"] != float64(whole.Met) || d.Catalogue != in.Catalogue.Label() || !d.AsOf.Equal(in.Board.AsOf) {
		t.Errorf("%d rows, the first %v, of %s at %s; want %+v", len(d.Rows), d.Rows[0], d.Catalogue, d.AsOf, whole.Tally)
	}

	_, text := get(t, server, path+"&format=csv")
	if !bytes.HasPrefix(text, []byte("\ufeffduty,period,")) {
		t.Fatalf("%.80s", text)
	}
	lines, err := csv.NewReader(bytes.NewReader(text[3:])).ReadAll()
	must(t, err)
	if lines[1][5] != fmt.Sprint(whole.Met) || lines[1][6] != fmt.Sprint(whole.Due()) || len(lines) != 30 {
		t.Errorf("%d lines: %v", len(lines), lines[1])
	}

	_, workbook := get(t, server, path+"&format=xlsx")
	book, err := excelize.OpenReader(bytes.NewReader(workbook))
	must(t, err)
	defer book.Close()
	found := false
	for _, sheet := range book.GetSheetList() {
		cells, err := book.GetRows(sheet)
		must(t, err)
		for _, row := range cells {
			found = found || strings.Contains(strings.Join(row, "|"), "Nacional")
		}
	}
	if !found {
		t.Error("the workbook lacks the nation")
	}

	_, message := get(t, server, path+"&format=adx")
	var adx struct {
		XMLName xml.Name `xml:"urn:ihe:qrph:adx:2015 adx"`
		Groups  []struct {
			OrgUnit string `xml:"orgUnit,attr"`
			Period  string `xml:"period,attr"`
			Values  []struct {
				Element string `xml:"dataElement,attr"`
				Value   string `xml:"value,attr"`
			} `xml:"dataValue"`
		} `xml:"group"`
	}
	must(t, xml.Unmarshal(message, &adx))
	if len(adx.Groups) != 29 || adx.Groups[0].OrgUnit != "nation" || adx.Groups[0].Values[0].Value != fmt.Sprint(whole.Due()) || adx.Groups[0].Values[1].Element != "measures-decided/met" || !strings.HasSuffix(adx.Groups[0].Period, "/P1Y") {
		t.Errorf("%d groups, the first %+v", len(adx.Groups), adx.Groups[0])
	}
}

func TestPagesTogetherAreTheWhole(t *testing.T) {
	server, _ := served(t, nora)
	all := rows(t, server, "/on-time?by=institution&limit=10000")
	var got []map[string]any
	path := "/on-time?by=institution&limit=100"
	for path != "" {
		resp, b := get(t, server, path)
		var d document
		must(t, json.Unmarshal(b, &d))
		if resp.Header.Get("X-Total-Count") != fmt.Sprint(len(all.Rows)) {
			t.Fatalf("total %s of %d", resp.Header.Get("X-Total-Count"), len(all.Rows))
		}
		got = append(got, d.Rows...)
		path = ""
		for link := range strings.SplitSeq(resp.Header.Get("Link"), ", ") {
			if address, ok := strings.CutSuffix(link, `>; rel="next"`); ok {
				path = strings.TrimPrefix(address, "<"+api.Base)
			}
		}
	}
	if len(all.Rows) < 300 || fmt.Sprint(got) != fmt.Sprint(all.Rows) {
		t.Errorf("%d rows in pages, %d at once", len(got), len(all.Rows))
	}
}

func TestWhatAReaderHasIsNotSentAgain(t *testing.T) {
	server, _ := served(t, nora)
	resp, _ := get(t, server, "/standing")
	tag := resp.Header.Get("ETag")
	if again, b := get(t, server, "/standing", "If-None-Match", tag); tag == "" || again.StatusCode != http.StatusNotModified || len(b) > 0 {
		t.Errorf("tag %q: %d with %d bytes", tag, again.StatusCode, len(b))
	}
	if other, _ := get(t, server, "/standing?duty=measures-decided", "If-None-Match", tag); other.StatusCode != http.StatusOK {
		t.Errorf("another question: %d", other.StatusCode)
	}
}

func TestWhatIsUnknownIsRefusedAndNotAnsweredEmpty(t *testing.T) {
	server, _ := served(t, nora)
	for _, odd := range []string{
		"/on-time?duty=nothing", "/on-time?department=99", "/on-time?regoin=coast", "/on-time?format=pdf", "/on-time?limit=0", "/on-time?page=-1", "/indicators?indicator=none",
		"/comparisons?pair=coast-atlantis", "/on-time?duty=a&duty=b",
	} {
		resp, b := get(t, server, odd)
		if resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", odd, resp.StatusCode, b)
		}
	}
	if resp, _ := get(t, server, "/nothing"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown path: %d", resp.StatusCode)
	}
}

func TestBeforeTheFirstCountNothingIsAnswered(t *testing.T) {
	server, _ := served(t, nora, func(c *api.Config) { c.Board = func() *desk.Board { return nil } })
	if resp, b := get(t, server, "/on-time"); resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Errorf("%d %s", resp.StatusCode, b)
	}
}

func TestAnAnalystSeesNoSmallGroupAndNoInstitution(t *testing.T) {
	server, _ := served(t, ana)
	d := rows(t, server, "/on-time?window=month")
	hidden, shown := 0, 0
	for _, row := range d.Rows {
		switch {
		case row["hidden"] != nil:
			hidden++
			if row["met"] != nil || row["due"] != nil || row["share"] != nil {
				t.Errorf("a hidden row tells: %v", row)
			}
		default:
			shown++
			met, due := row["met"].(float64), row["due"].(float64)
			for _, group := range []float64{met, due - met} {
				if group > 0 && group < float64(disclosure.ForAnalyst.Floor()) {
					t.Errorf("a group of %v is shown: %v", group, row)
				}
			}
		}
	}
	if hidden == 0 || shown == 0 {
		t.Errorf("%d rows hidden, %d shown", hidden, shown)
	}
	for path, status := range map[string]int{
		"/on-time?by=institution": http.StatusBadRequest, "/indicators": http.StatusForbidden, "/comparisons": http.StatusForbidden, "/times": http.StatusForbidden,
		"/sources": http.StatusForbidden, "/standing": http.StatusForbidden, "/public/on-time": http.StatusOK, "/duties": http.StatusOK,
	} {
		if resp, b := get(t, server, path); resp.StatusCode != status {
			t.Errorf("%s: %d, want %d: %s", path, resp.StatusCode, status, b)
		}
	}
}

func TestTheQueueOfAStewardIsItsInstitutions(t *testing.T) {
	in := desktest.Counted(t)
	name := ""
	for _, n := range in.Board.Standing {
		if n.Institution != "" {
			name = n.Institution
		}
	}
	server, _ := served(t, access.Viewer{Name: "saul", Role: access.Steward, Institution: name})
	d := rows(t, server, "/standing")
	for _, row := range d.Rows {
		if row["institution"] != name {
			t.Errorf("%v is not of %s", row, name)
		}
	}
	if len(d.Rows) == 0 {
		t.Error("the steward has no queue")
	}
	for _, row := range rows(t, server, "/on-time?by=institution").Rows {
		if row["institution"] != name {
			t.Errorf("%v is not of %s", row, name)
		}
	}
	for _, row := range rows(t, server, "/on-time").Rows {
		if row["level"] != "department" {
			t.Errorf("a steward is given %v", row)
		}
	}
	rosa, _ := served(t, access.Viewer{Name: "rosa", Role: access.Regional, Places: []string{"15"}})
	if resp, _ := get(t, rosa, "/on-time"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a role that takes no files gets one: %d", resp.StatusCode)
	}
}

func TestTheCaseLogNeedsAnotherPersonAndNamesNoCase(t *testing.T) {
	in := desktest.Counted(t)
	log := &kept{}
	exports, err := grant.OpenExports(t.TempDir(), log, func(a, b string) bool { return a == b }, desktest.Clock)
	must(t, err)
	server, _ := served(t, ana, func(c *api.Config) { c.Exports = exports })
	const file = api.Base + "/cases.xes?department=15"
	asked, err := exports.Ask(t.Context(), ana, file, "the order of steps in Lima, for the thesis")
	must(t, err)
	if resp, _ := get(t, server, "/cases.xes?department=15&export="+asked.ID); resp.StatusCode != http.StatusNotFound {
		t.Errorf("before it is allowed: %d", resp.StatusCode)
	}
	must(t, exports.Decide(t.Context(), nora, asked.ID, true))
	if resp, _ := get(t, server, "/cases.xes?export="+asked.ID); resp.StatusCode != http.StatusNotFound {
		t.Errorf("another file than the one allowed: %d", resp.StatusCode)
	}
	resp, b := get(t, server, "/cases.xes?department=15&export="+asked.ID)
	if resp.StatusCode != http.StatusOK || !bytes.Contains(b, []byte("permitido por / allowed by nora")) {
		t.Fatalf("%d %.300s", resp.StatusCode, b)
	}
	var read struct {
		Traces []struct {
			Names  []attribute `xml:"string"`
			Events []struct {
				Texts []attribute `xml:"string"`
				Date  attribute   `xml:"date"`
			} `xml:"event"`
		} `xml:"trace"`
	}
	must(t, xml.Unmarshal(b, &read))
	if len(read.Traces) < 5 || len(read.Traces[0].Events) == 0 || read.Traces[0].Events[0].Date.Key != "time:timestamp" {
		t.Errorf("%d traces", len(read.Traces))
	}
	for history, err := range in.Store.Cases(t.Context(), "") {
		must(t, err)
		if bytes.Contains(b, []byte(`"`+history.CaseID+`"`)) {
			t.Fatalf("the file names the case %s", history.CaseID)
		}
	}
	if last := log.entries[len(log.entries)-1]; last.Did != access.ExportMade || last.Who != "ana" {
		t.Errorf("the last entry is %+v", last)
	}
}

type attribute struct {
	Key   string `xml:"key,attr"`
	Value string `xml:"value,attr"`
}
