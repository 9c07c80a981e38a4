// Package dashboard serves the pages for people: Spanish first, English beside,
// tables that work without scripts. It reads the last snapshot and nothing else.
package dashboard

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

//go:embed *.html style.css
var files embed.FS

// Config says what the pages show.
type Config struct {
	Catalogue *law.Catalogue
	Last      func() *indicator.Snapshot
	Synthetic bool // the data is made up, and every page says so
	Now       func() time.Time
	Log       *slog.Logger
}

// Handler serves the pages.
func Handler(cfg Config) (http.Handler, error) {
	templates, err := template.ParseFS(files, "*.html")
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	mux := http.NewServeMux()
	page := func(pattern, name string, view func(*http.Request, frame, *indicator.Snapshot) any) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			snapshot := cfg.Last()
			if err := templates.ExecuteTemplate(w, name, view(r, newFrame(cfg, r, snapshot), snapshot)); err != nil {
				cfg.Log.Warn("page not delivered", "error", err)
			}
		})
	}
	page("/{$}", "page.html", func(r *http.Request, f frame, s *indicator.Snapshot) any { return newView(cfg, f, s, r) })
	page(implicationsPath, "implications.html", func(_ *http.Request, f frame, s *indicator.Snapshot) any {
		return newImplications(cfg.Catalogue, f, s)
	})
	page(causesPath, "causes.html", func(_ *http.Request, f frame, s *indicator.Snapshot) any {
		return newCauses(cfg.Catalogue, f, s)
	})
	mux.Handle("GET /style.css", http.FileServerFS(files))
	return secure(mux), nil
}

// secure sets the headers of every page: nothing from elsewhere, nothing kept.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// A frame is what all pages have.
type frame struct {
	Lang       string
	Path       string
	Heading    string // what the browser shows before the program's name
	Pages      []pageLink
	Synthetic  bool
	Waiting    bool
	WithoutLow bool // regimes of low confidence are left out
	AsOf       string
	Catalogue  string
	Title      string
	T          func(es, en string) string
}

type pageLink struct{ Path, Title string }

// Where the pages are.
const (
	implicationsPath = "/implications"
	causesPath       = "/causes"
)

func newFrame(cfg Config, r *http.Request, s *indicator.Snapshot) frame {
	lang := "es"
	if r.URL.Query().Get("lang") == "en" {
		lang = "en"
	}
	f := frame{
		Lang: lang, Path: r.URL.Path, Synthetic: cfg.Synthetic, Waiting: s == nil,
		Catalogue: cfg.Catalogue.Label(), Title: cfg.Catalogue.Title.In(lang),
		T: func(es, en string) string { return law.Text{ES: es, EN: en}.In(lang) },
	}
	f.Pages = []pageLink{{"/", f.T("Plazos", "Deadlines")}}
	if len(cfg.Catalogue.Indicators) > 0 {
		f.Pages = append(f.Pages, pageLink{implicationsPath, f.T("Implicancias", "Implications")}, pageLink{causesPath, f.T("Causas", "Causes")})
	}
	if s != nil {
		f.WithoutLow = s.LowConfidence == indicator.LowLeftOut
		f.AsOf = localTime(cfg.Catalogue, s.AsOf)
	}
	return f
}

// localTime is an instant as people in the catalogue's zone write it.
func localTime(cat *law.Catalogue, t time.Time) string {
	return t.In(cat.Zone).Format("02/01/2006 15:04:05 -07:00")
}

// view is what the first page shows, as text.
type view struct {
	frame
	Tiles   []tile
	Regions []string
	Columns int
	Duties  []dutyRow
	Detail  *detail
}

type tile struct{ Label, Value string }

type dutyRow struct {
	Group string // title of the implication, on its first duty
	Title string
	Mark  string // that it is a target, or of low confidence
	Cells []cell
}

// A cell is one number: never without n and, where there is one, its interval.
type cell struct {
	Share, Interval, N string
	Beyond             bool // it speaks for a cause
}

func newView(cfg Config, f frame, s *indicator.Snapshot, r *http.Request) view {
	lang := f.Lang
	v := view{frame: f, Detail: newDetail(cfg, s, r.URL.Query(), lang)}
	if s == nil {
		return v
	}
	print := printer(lang)
	for _, status := range obligation.Statuses() {
		v.Tiles = append(v.Tiles, tile{statusName(status, lang), print.Sprintf("%d", s.Sum(status))})
	}
	v.Regions = regionNames(cfg.Catalogue, s, lang)
	v.Columns = 1 + len(v.Regions)
	implication := ""
	for _, d := range byImplication(cfg.Catalogue, s.Duties) {
		national := s.OnTime[indicator.OnTimeKey{Region: indicator.Nation, Duty: d.ID, Window: indicator.Year}]
		row := dutyRow{Title: d.Title.In(lang), Mark: national.Basis.Mark().In(lang)}
		if d.Implication != implication {
			implication, row.Group = d.Implication, implicationTitle(cfg.Catalogue, d.Implication, lang)
		}
		for _, region := range s.Places() {
			row.Cells = append(row.Cells, shareCell(s.OnTime[indicator.OnTimeKey{Region: region, Duty: d.ID, Window: indicator.Year}], print))
		}
		v.Duties = append(v.Duties, row)
	}
	return v
}

// statusName is a status as people read it.
func statusName(status obligation.Status, lang string) string {
	names := map[obligation.Status][2]string{
		obligation.Open: {"Abiertas, en plazo", "Open, in time"}, obligation.Met: {"Cumplidas en plazo", "Done in time"},
		obligation.Late: {"Cumplidas tarde", "Done late"}, obligation.Missed: {"Vencidas sin cumplir", "Missed"},
		obligation.Void: {"Sin efecto", "Void"}, obligation.Unclear: {"No determinables", "Unclear"},
	}
	if lang == "en" {
		return names[status][1]
	}
	return names[status][0]
}

// byImplication orders duties as the catalogue orders its implications.
func byImplication(cat *law.Catalogue, duties []*law.Duty) []*law.Duty {
	number := map[string]int{}
	for i, implication := range cat.Implications {
		number[implication.ID] = i
	}
	return slices.SortedStableFunc(slices.Values(duties), func(a, b *law.Duty) int {
		return cmp.Compare(number[a.Implication], number[b.Implication])
	})
}

func implicationTitle(cat *law.Catalogue, id, lang string) string {
	for _, implication := range cat.Implications {
		if implication.ID == id {
			return implication.Title.In(lang)
		}
	}
	return id
}

// smallest is the least number due for which a rate is shown at all.
const smallest = 10

func shareCell(o indicator.OnTime, print *message.Printer) cell {
	n := print.Sprintf("n = %d", o.Due)
	share, low, high, ok := o.Share()
	if !ok || o.Due < smallest {
		return cell{Share: "–", N: n}
	}
	format := "%.0f%%"
	if o.Due >= 1000 {
		format = "%.1f%%"
	}
	return cell{Share: print.Sprintf(format, 100*share), Interval: print.Sprintf(strings.ReplaceAll(format, "%%", "")+"–"+format, 100*low, 100*high), N: n}
}

// printer formats numbers: es-PE in Spanish, with a comma for thousands and a
// point for decimals.
func printer(lang string) *message.Printer {
	if lang == "en" {
		return message.NewPrinter(language.English)
	}
	return message.NewPrinter(language.MustParse("es-PE"))
}

// regionNames are the columns of tables: the nation, then the regions.
func regionNames(cat *law.Catalogue, s *indicator.Snapshot, lang string) []string {
	var names []string
	for _, region := range s.Places() {
		names = append(names, regionName(cat, region, lang))
	}
	return names
}

// regionName is the name of a region, or of the nation.
func regionName(cat *law.Catalogue, region, lang string) string {
	switch {
	case region != indicator.Nation:
		return cat.Word(region, lang)
	case lang == "en":
		return "National"
	}
	return "Nacional"
}
