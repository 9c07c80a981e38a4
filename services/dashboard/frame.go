package dashboard

import (
	"maps"
	"net/http"
	"net/url"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/snapshot"
	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/access/reception"
	"amparo/services/present"
)

// A frame is what all pages have.
type frame struct {
	Lang       string
	Path       string
	Query      url.Values
	Heading    string // what the browser shows before the program's name
	Pages      []pageLink
	Synthetic  bool
	Until      string   // sources have reported until then
	Silence    []string // what was not reported, above every number
	Waiting    bool
	WithoutLow bool // regimes of low confidence are left out
	AsOf       string
	Catalogue  string
	Title      string
	Style      string // address of the style sheet
	viewer     access.Viewer
}

type pageLink struct{ Path, Title string }

// Where the pages are.
const (
	todayPath        = "/"
	implicationsPath = "/implications"
	causesPath       = "/causes"
	deadlinesPath    = "/deadlines"
	matrixPath       = "/matrix"
	timelinessPath   = "/timeliness"
	comparePath      = "/compare"
	trendsPath       = "/trends"
	mapPath          = "/map"
	qualityPath      = "/quality"
	lifecyclePath    = "/lifecycle"
	methodsPath      = "/methods"
	numberPath       = "/number"
	casesPath        = "/cases"
	casePath         = "/case/"
	noticePath       = "/notice/"
	publicPath       = "/public"
)

func newFrame(cfg Config, r *http.Request, s *snapshot.Snapshot) frame {
	lang := present.Spanish
	if r.URL.Query().Get("lang") == present.English {
		lang = present.English
	}
	f := frame{
		Lang: lang, Path: r.URL.Path, Query: r.URL.Query(), Synthetic: cfg.Synthetic, Waiting: s == nil,
		Catalogue: cfg.Catalogue.Label(), Title: cfg.Catalogue.Title.In(lang), Style: stylePath,
		viewer: access.From(r.Context()),
	}
	if cfg.Sources != nil {
		f.reported(cfg.Sources(), cfg.Catalogue)
	}
	f.Pages = f.menu(cfg.Catalogue)
	if s != nil {
		f.WithoutLow = s.LowConfidence == indicator.LowLeftOut
		f.AsOf = localTime(cfg.Catalogue, s.AsOf)
	}
	return f
}

// reported says until when sources have reported, and whether they are made up.
func (f *frame) reported(sources *present.Sources, cat *law.Catalogue) {
	if sources == nil {
		return
	}
	f.Synthetic = f.Synthetic || sources.Synthetic()
	f.Until = present.Instant(sources.All().Until, cat.Zone)
	for _, mark := range sources.Marks() {
		f.Silence = append(f.Silence, mark.In(f.Lang))
	}
}

// menu are the pages that the viewer may open.
func (f frame) menu(cat *law.Catalogue) []pageLink {
	var list []pageLink
	if f.viewer.May(access.SeeNumbers) {
		list = append(list, pageLink{todayPath, f.T("Hoy", "Today")})
	}
	if f.viewer.May(access.SeeNation) {
		list = append(list,
			pageLink{matrixPath, f.T("Cumplimiento", "Compliance")}, pageLink{deadlinesPath, f.T("Deberes", "Duties")},
			pageLink{timelinessPath, f.T("Tiempos", "Timeliness")}, pageLink{comparePath, f.T("Regiones", "Regions")},
			pageLink{trendsPath, f.T("Tendencias", "Trends")}, pageLink{mapPath, f.T("Mapa", "Map")}, pageLink{lifecyclePath, f.T("Recorrido", "Lifecycle")})
		if len(cat.Indicators) > 0 {
			list = append(list, pageLink{implicationsPath, f.T("Implicancias", "Implications")}, pageLink{causesPath, f.T("Causas", "Causes")})
		}
		list = append(list, pageLink{qualityPath, f.T("Datos", "Data")})
	}
	list = append(list, pageLink{methodsPath, f.T("Métodos", "Methods")}, pageLink{publicPath, f.T("Público", "Public")})
	switch {
	case f.viewer.May(access.ReadLog):
		list = append(list, pageLink{reception.AuditPath, f.T("Auditoría", "Audit")}, pageLink{reception.AccountPath, f.T("Cuenta", "Account")})
	case f.viewer.May(access.HaveAccount) && !f.viewer.Demo:
		list = append(list, pageLink{reception.AccountPath, f.T("Cuenta", "Account")})
	case f.viewer.Anonymous():
		list = append(list, pageLink{reception.LogInPath, f.T("Entrar", "Log in")})
	}
	return list
}

// casesLink leads to the cases behind a number, for those who may list them.
func (f frame) casesLink(pairs ...string) string {
	if !f.viewer.May(access.SeeQueue) {
		return ""
	}
	return f.Link(casesPath, pairs...)
}

// T is a text in the page's language.
func (f frame) T(es, en string) string { return law.Text{ES: es, EN: en}.In(f.Lang) }

// Link is the address of a page in the page's language, with pairs of names and
// values; empty values are left out.
func (f frame) Link(path string, pairs ...string) string {
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

// In is the address of this very page in another language.
func (f frame) In(lang string) string {
	query := url.Values{}
	maps.Copy(query, f.Query)
	query.Set("lang", lang)
	return f.Path + "?" + query.Encode()
}

// localTime is an instant as people in the catalogue's zone write it.
func localTime(cat *law.Catalogue, t time.Time) string { return present.Instant(t, cat.Zone) }
