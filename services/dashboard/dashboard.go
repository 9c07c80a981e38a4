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

//go:embed page.html style.css
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
	page, err := template.New("page.html").ParseFS(files, "page.html")
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { serve(w, r, page, cfg) })
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

// view is what the page shows, as text.
type view struct {
	Lang       string
	Synthetic  bool
	Waiting    bool
	WithoutLow bool // regimes of low confidence are left out
	AsOf       string
	Catalogue  string
	Title      string
	Tiles      []tile
	Regions    []string
	Columns    int
	Duties     []dutyRow
	Detail     *detail
	T          func(es, en string) string
}

type tile struct{ Label, Value string }

type dutyRow struct {
	Group string // title of the implication, on its first duty
	Title string
	Mark  string // that it is a target, or of low confidence
	Cells []cell
}

// A cell is one share: never without n and interval.
type cell struct{ Share, Interval, N string }

func serve(w http.ResponseWriter, r *http.Request, page *template.Template, cfg Config) {
	lang := "es"
	if r.URL.Query().Get("lang") == "en" {
		lang = "en"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v := newView(cfg, cfg.Last(), lang)
	v.Detail = newDetail(cfg, cfg.Last(), r.URL.Query(), lang)
	if err := page.Execute(w, v); err != nil {
		cfg.Log.Warn("page not delivered", "error", err)
	}
}

func newView(cfg Config, s *indicator.Snapshot, lang string) view {
	v := view{Lang: lang, Synthetic: cfg.Synthetic, Catalogue: cfg.Catalogue.Label(), Title: cfg.Catalogue.Title.In(lang)}
	v.T = func(es, en string) string {
		if lang == "en" {
			return en
		}
		return es
	}
	if s == nil {
		v.Waiting = true
		return v
	}
	print := printer(lang)
	v.WithoutLow = s.LowConfidence == indicator.LowLeftOut
	v.AsOf = s.AsOf.In(cfg.Catalogue.Zone).Format("02/01/2006 15:04:05 -07:00")
	for _, status := range obligation.Statuses() {
		v.Tiles = append(v.Tiles, tile{statusName(status, lang), print.Sprintf("%d", s.Sum(status))})
	}
	for _, region := range append([]string{indicator.Nation}, s.Regions...) {
		v.Regions = append(v.Regions, regionName(cfg.Catalogue, region, lang))
	}
	v.Columns = 1 + len(v.Regions)
	implication := ""
	for _, d := range byImplication(cfg.Catalogue, s.Duties) {
		national := s.OnTime[indicator.OnTimeKey{Region: indicator.Nation, Duty: d.ID, Window: indicator.Year}]
		row := dutyRow{Title: d.Title.In(lang), Mark: national.Basis.Mark().In(lang)}
		if d.Implication != implication {
			implication, row.Group = d.Implication, implicationTitle(cfg.Catalogue, d.Implication, lang)
		}
		for _, region := range append([]string{indicator.Nation}, s.Regions...) {
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
	return cell{print.Sprintf(format, 100*share), print.Sprintf(strings.ReplaceAll(format, "%%", "")+"–"+format, 100*low, 100*high), n}
}

// printer formats numbers: es-PE in Spanish, with a comma for thousands and a
// point for decimals.
func printer(lang string) *message.Printer {
	if lang == "en" {
		return message.NewPrinter(language.English)
	}
	return message.NewPrinter(language.MustParse("es-PE"))
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
