package dashboard_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"amparo/pipeline/store"
	"amparo/services/access"
	"amparo/services/dashboard"
	"amparo/services/desk/desktest"
	"amparo/services/desk/queue"
)

// overdueAt is the first overdue alert at an institution.
func overdueAt(t *testing.T, book *queue.Book) queue.Line {
	t.Helper()
	for _, l := range book.Queue(nora).Lines {
		if l.Kind == queue.Overdue && l.Institution != "" {
			return l
		}
	}
	t.Fatal("nothing is overdue at an institution")
	return queue.Line{}
}

// fields are the hidden fields of the form of a deed, as a browser would send them.
func fields(t *testing.T, body, do string) url.Values {
	t.Helper()
	for _, form := range regexp.MustCompile(`(?s)<form action="[^"]*" method="post".*?</form>`).FindAllString(body, -1) {
		if !strings.Contains(form, `name="do" value="`+do+`"`) {
			continue
		}
		v := url.Values{}
		for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(form, -1) {
			v.Set(m[1], m[2])
		}
		return v
	}
	t.Fatalf("the page has no form to %s", do)
	return nil
}

// post sends a form as a browser would, without following where it leads.
func post(t *testing.T, server *httptest.Server, path string, v url.Values) (status int, to string) {
	t.Helper()
	client := *server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.PostForm(server.URL+path, v)
	must(t, err)
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

func TestAnAlertIsTakenUpHandedOverMutedAndAcknowledged(t *testing.T) {
	book := desktest.Queue(t, looks)
	with := func(c *dashboard.Config) { c.Queue = book }
	server := served(t, nora, with)
	l := overdueAt(t, book)
	at := "/alerts/" + l.ID
	wants(t, page(t, server, "/alerts?kind=overdue"), "La cola", at, "Sin nadie a cargo", "nadie se ha hecho cargo", "Historia y tiempos de respuesta")

	body := page(t, server, at)
	wants(t, body, "Hacerme cargo", `<option value="nelly">`, `type="datetime-local"`, "se avisó a la institución", "Las obligaciones, una por una")
	for _, odd := range []string{`<option value="rosa">`, `<option value="saul">`, "<textarea", `type="text"`} {
		if strings.Contains(body, odd) {
			t.Errorf("%s is on the page", odd)
		}
	}
	old := fields(t, body, "take")
	for _, step := range []struct {
		do, name, value string
		want            string
	}{
		{"take", "", "", "alguien se hizo cargo"},
		{"hand-over", "to", "nelly", "nelly"},
		{"mute", "until", desktest.Now.AddDate(0, 0, 2).Format("2006-01-02T15:04"), "en silencio"},
		{"unmute", "", "", "alguien se hizo cargo"},
		{"acknowledge", "reason", "passed-on", "pasó al órgano de control"},
	} {
		form := fields(t, page(t, server, at), step.do)
		if step.name != "" {
			form.Set(step.name, step.value)
		}
		status, to := post(t, server, at, form)
		if status != http.StatusSeeOther || to != at+"?done="+step.do {
			t.Fatalf("%s: %d to %q", step.do, status, to)
		}
		wants(t, page(t, server, to), step.want, "Quedó registrado")
	}
	if status, _ := post(t, server, at, old); status != http.StatusConflict {
		t.Errorf("a page from before four acts: %d", status)
	}
	odd := fields(t, page(t, server, at), "acknowledge")
	odd.Set("reason", "María Pérez ya fue atendida")
	if status, _ := post(t, server, at, odd); status != http.StatusUnprocessableEntity {
		t.Errorf("free text as a reason: %d", status)
	}
	if status, _ := post(t, server, "/alerts/0000000000000000", odd); status != http.StatusNotFound {
		t.Errorf("an alert that is none: %d", status)
	}
	wants(t, page(t, served(t, access.Viewer{Name: "olga", Role: access.Auditor}, with), "/alerts/history"), "la dio por atendida", "la puso en silencio", "nora", "a nelly", l.Institution)

	own := access.Viewer{Name: "saul", Role: access.Steward, Institution: l.Institution}
	wants(t, page(t, served(t, own, with), at), "La alerta")
	other := access.Viewer{Name: "else", Role: access.Steward, Institution: "another"}
	foreign := served(t, other, with)
	if status, _, _ := get(t, foreign, at); status != http.StatusNotFound {
		t.Errorf("another institution's alert: %d, want 404 without a hint", status)
	}
	form := fields(t, page(t, served(t, nora, with), at), "acknowledge")
	form.Set("reason", "passed-on")
	if status, _ := post(t, foreign, at, form); status != http.StatusNotFound {
		t.Errorf("to act on another institution's alert: %d", status)
	}
}

// linksOfRules are where the alerts of Prometheus lead, for labels that there are.
func linksOfRules(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../deploy/prometheus/rules/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	labels := strings.NewReplacer("{{ $externalLabels.pages }}", "", "{{ $labels.duty }}", "measures-decided", "{{ $labels.department }}", "04", "{{ $labels.region }}", "coast", "{{ $labels.implication }}", "protection-measures")
	var out []string
	for _, file := range files {
		b, err := os.ReadFile(file)
		must(t, err)
		for _, m := range regexp.MustCompile(`dashboard_url: '?([^'\n]*)'?`).FindAllStringSubmatch(string(b), -1) {
			out = append(out, labels.Replace(m[1]))
		}
	}
	if len(out) < 4 {
		t.Fatalf("the rules have %d links", len(out))
	}
	return out
}

// Whoever follows the link of an alert or a notice logs in, and is where it leads.
func TestEveryAlertAndNoticeOpensItsPageAfterTheLogIn(t *testing.T) {
	in, book := counted(t), desktest.Queue(t, looks)
	mine := missedAtAnInstitution(t, in)
	must(t, in.Store.InsertTokens(t.Context(), []store.Token{{Token: "t-link", Key: mine.Key()}}))
	with := func(c *dashboard.Config) { c.Queue = book }
	nobody, desk := served(t, access.Viewer{}, with), served(t, nora, with)
	client := *nobody.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	links := append(linksOfRules(t), "/notice/t-link")
	for _, l := range book.Queue(nora).Lines {
		links = append(links, "/alerts/"+l.ID)
	}
	for _, link := range links {
		if strings.Contains(link, "{{") {
			t.Errorf("%s has a label that this test does not know", link)
			continue
		}
		if did, audit := strings.CutPrefix(link, "/audit?did="); audit { // Of another package, and of the auditor.
			if !slices.Contains(access.Deeds(), access.Deed(did)) {
				t.Errorf("%s asks for what is never recorded", link)
			}
			continue
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, nobody.URL+link, nil)
		must(t, err)
		req.Header.Set("Accept", "text/html")
		resp, err := client.Do(req)
		must(t, err)
		resp.Body.Close()
		to, err := url.Parse(resp.Header.Get("Location"))
		if err != nil || resp.StatusCode != http.StatusSeeOther || to.Path != "/login" || to.Query().Get("next") != link {
			t.Errorf("%s without a log-in: %d to %s", link, resp.StatusCode, to)
		}
		status, _, header := get(t, desk, link)
		if status == http.StatusFound {
			status, _, _ = get(t, desk, header.Get("Location"))
		}
		if status != http.StatusOK {
			t.Errorf("%s after the log-in: %d", link, status)
		}
	}
}
