package access_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/disclosure"
	"amparo/services/access"
)

// kept is a recorder in memory, which can be told to fail.
type kept struct {
	entries []access.Entry
	err     error
}

func (k *kept) Record(_ context.Context, e access.Entry) error {
	if k.err != nil {
		return k.err
	}
	k.entries = append(k.entries, e)
	return nil
}

// cases are the whereabouts of some cases.
type cases map[string][]access.Whereabout

func (c cases) Whereabouts(_ context.Context, id string) ([]access.Whereabout, error) {
	return c[id], nil
}

// glass is broken for the cases named, for everyone.
type glass []string

func (g glass) Broken(_ access.Viewer, id string) bool { return slices.Contains(g, id) }

var lived = cases{
	"c-arequipa": {{Place: "040101", Institution: "pnp-aqp-017"}, {Place: "0401", Institution: "cem-aqp"}},
	"c-puno":     {{Place: "210101", Institution: "pnp-puno-001"}},
}

// viewers has one of each role.
func viewers() map[access.Role]access.Viewer {
	return map[access.Role]access.Viewer{
		access.Public:        {},
		access.Regional:      {Name: "rosa", Role: access.Regional, Places: []string{"04"}},
		access.National:      {Name: "nora", Role: access.National},
		access.Analyst:       {Name: "ana", Role: access.Analyst, Purpose: "thesis"},
		access.Steward:       {Name: "saul", Role: access.Steward, Institution: "pnp-aqp-017"},
		access.Auditor:       {Name: "olga", Role: access.Auditor},
		access.Administrator: {Name: "ada", Role: access.Administrator},
	}
}

// guard has one route for each right, and one for a case.
func guard(t *testing.T, v *access.Viewer, k *kept, broken glass) *access.Guard {
	t.Helper()
	g, err := access.NewGuard(access.GuardConfig{
		Viewer: func(*http.Request) access.Viewer { return *v }, Cases: lived, Glass: broken, Recorder: k,
		LogInPath: "/login", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, right := range access.Rights() {
		g.HandleFunc("GET /"+string(right), right, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "shown") })
	}
	g.HandleFunc("GET /cases/{case}", access.SeeCases, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the case") })
	return g
}

func ask(g http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// The table is written out: what the code says of itself would prove nothing.
func TestEveryRouteAnswersEveryRoleAsWritten(t *testing.T) {
	const table = `
                     public regional national analyst steward auditor administrator
/see-public          200    200      200      200     200     200     200
/have-account        401    200      200      200     200     200     200
/see-numbers         401    200      200      200     200     200     403
/see-nation          401    403      200      403     403     200     403
/see-offices         401    200      200      403     200     200     403
/see-queue           401    403      200      403     200     403     403
/handle-alerts       401    403      200      403     200     403     403
/see-handling        401    403      200      403     200     200     403
/see-cases           401    403      403      403     200     403     403
/break-glass         401    200      200      403     403     200     403
/export-numbers      401    403      200      200     200     200     403
/export-cases        401    403      403      200     200     403     403
/approve-exports     401    403      200      403     403     200     403
/read-log            401    403      403      403     403     200     403
/manage-users        401    403      403      403     403     403     200
/cases/c-arequipa    401    404      404      403     200     404     403
/cases/c-puno        401    404      404      403     404     404     403
/cases/c-nowhere     401    404      404      403     404     404     403
/not-a-route         404    404      404      404     404     404     404
`
	lines := strings.Split(strings.TrimSpace(table), "\n")
	roles := strings.Fields(lines[0])
	if len(roles) != len(access.Roles()) {
		t.Fatalf("the table has %d roles, there are %d", len(roles), len(access.Roles()))
	}
	var v access.Viewer
	g := guard(t, &v, &kept{}, nil)
	tested := map[string]bool{}
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		tested[fields[0]] = true
		for i, role := range roles {
			v = viewers()[access.Role(role)]
			if got := fmt.Sprint(ask(g, fields[0]).Code); got != fields[i+1] {
				t.Errorf("%s for %s: %s, want %s", fields[0], role, got, fields[i+1])
			}
		}
	}
	for _, right := range access.Rights() {
		if !tested["/"+string(right)] {
			t.Errorf("the table lacks the right %s", right)
		}
	}
}

func TestACaseElsewhereIsAnsweredAsOneThatDoesNotExist(t *testing.T) {
	v := viewers()[access.Steward]
	g := guard(t, &v, &kept{}, nil)
	elsewhere, nowhere := ask(g, "/cases/c-puno"), ask(g, "/cases/c-nowhere")
	if diff := cmp.Diff(nowhere.Result().Header, elsewhere.Result().Header); diff != "" || nowhere.Body.String() != elsewhere.Body.String() {
		t.Errorf("the answers differ: %q and %q %s", nowhere.Body, elsewhere.Body, diff)
	}
}

func TestBrokenGlassOpensACaseOfOnesOwnPlaces(t *testing.T) {
	v := viewers()[access.Regional]
	k := &kept{}
	g := guard(t, &v, k, glass{"c-arequipa", "c-puno", "c-nowhere"})
	for path, want := range map[string]int{"/cases/c-arequipa": 200, "/cases/c-puno": 404, "/cases/c-nowhere": 404} {
		if got := ask(g, path).Code; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
	v = viewers()[access.National]
	if got := ask(g, "/cases/c-puno").Code; got != http.StatusOK {
		t.Errorf("the national desk gets %d for a case whose glass is broken", got)
	}
	v = viewers()[access.Administrator]
	if got := ask(g, "/cases/c-puno").Code; got != http.StatusForbidden {
		t.Errorf("an administrator gets %d for a case whose glass is broken", got)
	}
	if !slices.Contains(k.entries, access.Entry{Who: "rosa", Role: access.Regional, Did: access.CaseSeen, Object: "c-arequipa", Detail: "glass broken"}) {
		t.Errorf("the look is not recorded as one through broken glass: %v", k.entries)
	}
}

func TestLooksAndDenialsAreRecordedBeforeAnythingIsShown(t *testing.T) {
	k := &kept{}
	v := viewers()[access.Steward]
	g := guard(t, &v, k, nil)
	for _, path := range []string{"/cases/c-arequipa", "/cases/c-puno", "/read-log"} {
		ask(g, path)
	}
	v = access.Viewer{}
	ask(g, "/read-log") // Anyone could fill the log so.
	want := []access.Entry{
		{Who: "saul", Role: access.Steward, Did: access.CaseSeen, Object: "c-arequipa"},
		{Who: "saul", Role: access.Steward, Did: access.NotInScope, Object: "c-puno"},
		{Who: "saul", Role: access.Steward, Did: access.Denied, Object: "GET /read-log"},
	}
	if diff := cmp.Diff(want, k.entries); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	v = viewers()[access.Steward]
	k.err = errors.New("disk full")
	if w := ask(g, "/cases/c-arequipa"); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "the case") {
		t.Errorf("a look that could not be recorded is answered %d %q", w.Code, w.Body)
	}
}

func TestListsAndWhatProgramsTakeAreRecorded(t *testing.T) {
	k := &kept{}
	v := viewers()[access.National]
	g := guard(t, &v, k, nil)
	g.HandleFunc("GET /api/v1/on-time", access.SeeNumbers, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "1") })
	g.HandleFunc("GET /api/v1/public", access.SeePublic, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "1") })
	for _, path := range []string{"/see-queue?duty=x", "/api/v1/on-time?by=place", "/see-numbers"} {
		ask(g, path)
	}
	v = access.Viewer{}
	ask(g, "/api/v1/public")
	want := []access.Entry{
		{Who: "nora", Role: access.National, Did: access.ListSeen, Object: "GET /see-queue", Detail: "duty=x"},
		{Who: "nora", Role: access.National, Did: access.NumbersTaken, Object: "GET /api/v1/on-time", Detail: "by=place"},
	}
	if diff := cmp.Diff(want, k.entries); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	v = viewers()[access.National]
	k.err = errors.New("disk full")
	if w := ask(g, "/see-queue"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("a list that could not be recorded is answered %d", w.Code)
	}
}

func TestPeopleAreSentToTheLogInAndComeBack(t *testing.T) {
	var v access.Viewer
	g := guard(t, &v, &kept{}, nil)
	r := httptest.NewRequest(http.MethodGet, "/read-log?year=2026", nil)
	r.Header.Set("Accept", "text/html,*/*")
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != "/login?next=%2Fread-log%3Fyear%3D2026" {
		t.Errorf("%d to %q", w.Code, to)
	}
}

func TestNumbersAreAsExactAsRoleAndScopeAllow(t *testing.T) {
	const table = `
                 public  regional national analyst steward auditor administrator
nation           public  public   exact    analyst public  exact   public
04               public  exact    exact    analyst public  exact   public
0401             public  exact    exact    analyst public  exact   public
21               public  public   exact    analyst public  exact   public
pnp-aqp-017      public  exact    exact    analyst exact   exact   public
pnp-puno-001     public  public   exact    analyst public  exact   public
`
	where := map[string][2]string{
		"nation": {}, "04": {"04"}, "0401": {"0401"}, "21": {"21"},
		"pnp-aqp-017": {"040101", "pnp-aqp-017"}, "pnp-puno-001": {"210101", "pnp-puno-001"},
	}
	lines := strings.Split(strings.TrimSpace(table), "\n")
	for _, line := range lines[1:] {
		fields := strings.Fields(line)
		at := where[fields[0]]
		for i, role := range strings.Fields(lines[0]) {
			if got := viewers()[access.Role(role)].Policy(at[0], at[1]).Name(); got != fields[i+1] {
				t.Errorf("%s sees %s as %s, want %s", role, fields[0], got, fields[i+1])
			}
		}
	}
}

func TestNothingIsSeenByDefault(t *testing.T) {
	var nobody access.Viewer
	if !nobody.Cases().Empty() || !nobody.Queue().Empty() || !nobody.Numbers().Empty() || nobody.Policy("", "") != disclosure.ForPublic {
		t.Error("the zero viewer sees something")
	}
	if v := access.From(t.Context()); !v.Anonymous() || v.May(access.SeeNumbers) {
		t.Errorf("a context without a viewer carries %v", v)
	}
	for name, v := range map[string]access.Viewer{
		"a steward without institution": {Name: "x", Role: access.Steward},
		"a regional viewer of nowhere":  {Name: "x", Role: access.Regional, Places: []string{""}},
		"a role that does not exist":    {Name: "x", Role: "root"},
	} {
		if v.Cases().Holds("040101", "a") || v.Numbers().Holds("040101", "a") || v.Queue().Holds("040101", "a") {
			t.Errorf("%s sees something", name)
		}
	}
	if (access.Scope{}).Holds("", "") || disclosure.ForPublic != (disclosure.Policy{}) {
		t.Error("a zero value allows something")
	}
}

func TestDutiesThatMustBeApart(t *testing.T) {
	for _, pair := range [][2]access.Role{
		{access.Steward, access.Auditor}, {access.Auditor, access.Steward}, {access.Administrator, access.Steward}, {access.Auditor, access.Administrator},
	} {
		if !access.Separate(pair[0], pair[1]) {
			t.Errorf("one person may be %s and %s", pair[0], pair[1])
		}
	}
	if access.Separate(access.National, access.Analyst) {
		t.Error("the national desk may not analyse")
	}
}
