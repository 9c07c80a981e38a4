package page

import (
	"maps"
	"net/http"
	"net/url"

	"amparo/pipeline/indicator"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/access/reception"
	"amparo/services/present"
)

// A Frame is what all pages have.
type Frame struct {
	Lang       string
	Path       string
	Query      url.Values
	Heading    string // what the browser shows before the program's name
	Pages      []pageLink
	Synthetic  bool
	Until      string   // sources have reported until then
	Silence    []string // what was not reported, above every number
	Unreported bool     // so much that no rate of now is told
	untilMonth string   // the month of Until: rates of those before it are told
	Waiting    bool
	Wrong      string // what could not be done, and why
	Done       string // what was done
	WithoutLow bool   // regimes of low confidence are left out
	AsOf       string
	Catalogue  string
	Title      string
	Style      string // address of the style sheet
	Viewer     access.Viewer
}

type pageLink struct{ Path, Title string }

// Where the pages are.
const (
	TodayPath        = "/"
	ImplicationsPath = "/implications"
	CausesPath       = "/causes"
	DeadlinesPath    = "/deadlines"
	MatrixPath       = "/matrix"
	TimelinessPath   = "/timeliness"
	ComparePath      = "/compare"
	TrendsPath       = "/trends"
	MapPath          = "/map"
	QualityPath      = "/quality"
	LifecyclePath    = "/lifecycle"
	MethodsPath      = "/methods"
	NumberPath       = "/number"
	CasesPath        = "/cases"
	CasePath         = "/case/"
	NoticePath       = "/notice/"
	AlertsPath       = "/alerts"
	HandlingPath     = "/alerts/history"
	IndicatorPath    = "/indicator"
	PublicPath       = "/public"
)

// Frame is what the page of a request has around it.
func (m *Maker) Frame(r *http.Request) Frame {
	s := m.Last()
	lang := present.Spanish
	if r.URL.Query().Get("lang") == present.English {
		lang = present.English
	}
	f := Frame{
		Lang: lang, Path: r.URL.Path, Query: r.URL.Query(), Synthetic: m.Synthetic, Waiting: s == nil,
		Catalogue: m.Catalogue.Label(), Title: m.Catalogue.Title.In(lang), Style: StylePath,
		Viewer: access.From(r.Context()),
	}
	if m.Sources != nil {
		f.reported(m.Sources(), m.Catalogue)
	}
	f.Pages = f.menu(m.Catalogue)
	if s != nil {
		f.WithoutLow = s.LowConfidence == indicator.LowLeftOut
		f.AsOf = LocalTime(m.Catalogue, s.AsOf)
	}
	return f
}

// reported says until when sources have reported, and whether they are made up.
func (f *Frame) reported(sources *present.Sources, cat *law.Catalogue) {
	if sources == nil {
		return
	}
	f.Synthetic = f.Synthetic || sources.Synthetic()
	f.Until = present.Instant(sources.All().Until, cat.Zone)
	f.Unreported, f.untilMonth = sources.Unreported(), sources.All().Until.In(cat.Zone).Format("2006-01")
	for _, mark := range sources.Marks() {
		f.Silence = append(f.Silence, mark.In(f.Lang))
	}
}

// Told is the frame of a number that silence does not change.
func (f Frame) Told() Frame {
	f.Unreported = false
	return f
}

// OfMonth is the frame of a number of a month.
func (f Frame) OfMonth(month string) Frame {
	f.Unreported = f.Unreported && month >= f.untilMonth
	return f
}

// menu are the pages that the viewer may open.
func (f Frame) menu(cat *law.Catalogue) []pageLink {
	var list []pageLink
	if f.Viewer.May(access.SeeNumbers) {
		list = append(list, pageLink{TodayPath, f.T("Hoy", "Today")})
	}
	switch {
	case f.Viewer.May(access.SeeQueue):
		list = append(list, pageLink{AlertsPath, f.T("Alertas", "Alerts")})
	case f.Viewer.May(access.SeeHandling):
		list = append(list, pageLink{HandlingPath, f.T("Alertas", "Alerts")})
	}
	if f.Viewer.May(access.SeeNation) {
		list = append(list,
			pageLink{MatrixPath, f.T("Cumplimiento", "Compliance")}, pageLink{DeadlinesPath, f.T("Deberes", "Duties")},
			pageLink{TimelinessPath, f.T("Tiempos", "Timeliness")}, pageLink{ComparePath, f.T("Regiones", "Regions")},
			pageLink{TrendsPath, f.T("Tendencias", "Trends")}, pageLink{MapPath, f.T("Mapa", "Map")}, pageLink{LifecyclePath, f.T("Recorrido", "Lifecycle")})
		if len(cat.Indicators) > 0 {
			list = append(list, pageLink{ImplicationsPath, f.T("Implicancias", "Implications")}, pageLink{CausesPath, f.T("Causas", "Causes")})
		}
		list = append(list, pageLink{QualityPath, f.T("Datos", "Data")})
	}
	list = append(list, pageLink{MethodsPath, f.T("Métodos", "Methods")}, pageLink{PublicPath, f.T("Público", "Public")})
	switch {
	case f.Viewer.May(access.ReadLog):
		list = append(list, pageLink{reception.AuditPath, f.T("Auditoría", "Audit")}, pageLink{reception.AccountPath, f.T("Cuenta", "Account")})
	case f.Viewer.May(access.HaveAccount) && !f.Viewer.Demo:
		list = append(list, pageLink{reception.AccountPath, f.T("Cuenta", "Account")})
	case f.Viewer.Anonymous():
		list = append(list, pageLink{reception.LogInPath, f.T("Entrar", "Log in")})
	}
	return list
}

// CasesLink leads to the cases behind a number, for those who may list them.
func (f Frame) CasesLink(pairs ...string) string {
	if !f.Viewer.May(access.SeeQueue) {
		return ""
	}
	return f.Link(CasesPath, pairs...)
}

// T is a text in the page's language.
func (f Frame) T(es, en string) string { return law.Text{ES: es, EN: en}.In(f.Lang) }

// Link is the address of a page in the page's language, with pairs of names and
// values; empty values are left out.
func (f Frame) Link(path string, pairs ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	if f.Lang != present.Spanish {
		query.Set("lang", f.Lang)
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// AfterParam names in a link behind which place a list goes on.
const AfterParam = "after"

// Through are links through a list: to its beginning where it is shown from further on,
// and to what follows, where next says that something does.
func (f Frame) Through(path, next string, further bool, pairs ...string) []Link {
	var out []Link
	if further {
		out = append(out, Link{Text: f.T("← desde el principio", "← from the beginning"), Address: f.Link(path, pairs...)})
	}
	if next != "" {
		out = append(out, Link{Text: f.T("siguientes →", "next →"), Address: f.Link(path, append(pairs, AfterParam, next)...)})
	}
	return out
}

// In is the address of this very page in another language.
func (f Frame) In(lang string) string {
	query := url.Values{}
	maps.Copy(query, f.Query)
	query.Set("lang", lang)
	return f.Path + "?" + query.Encode()
}
