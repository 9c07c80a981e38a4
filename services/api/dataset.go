package api

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"amparo/schemas/law"
	"amparo/services/access"
	"amparo/services/present"
)

// A dataset is one table that can be asked for. The handlers and the description
// of the API are both made of it, so that neither can say what the other does not.
type dataset struct {
	path    string
	needs   access.Right
	title   string // in English, as the description is
	about   string
	params  []param
	columns []present.Column
	rows    func(request) (*result, error)
	adx     bool // may be asked for as ADX
}

// A param is one thing that a dataset can be asked for.
type param struct {
	name, about string
	required    bool
	values      []string // all that are allowed; nil for a code that check knows
	fallback    string
	check       func(string) bool
}

// ok reports whether a value may be asked for.
func (p *param) ok(value string) bool {
	if p.values != nil {
		return slices.Contains(p.values, value)
	}
	return p.check == nil || p.check(value)
}

// A request is what a dataset was asked for, checked.
type request struct {
	values map[string]string
	viewer access.Viewer
	lang   string
}

// A result is the rows of a dataset, with what stands beside them.
type result struct {
	stamp present.Stamp
	rows  [][]present.Cell
	// n and row are in place of rows where there are very many of them: only those of the page
	// that is asked for are made.
	n   int
	row func(int) []present.Cell
	// data are the same numbers as data values, where the dataset has ADX.
	data []dataValue
}

// len is how many rows there are on all pages.
func (r *result) len() int {
	if r.row != nil {
		return r.n
	}
	return len(r.rows)
}

// at is one row.
func (r *result) at(i int) []present.Cell {
	if r.row != nil {
		return r.row(i)
	}
	return r.rows[i]
}

// A dataValue is one number of one place and period, as ADX has it.
type dataValue struct{ OrgUnit, Period, Element, Value string }

// Formats in which a dataset comes. CSV has a byte-order mark, which spreadsheets need
// and programs skip, and else what programs read: codes, instants in UTC, points.
const (
	formatJSON = "json"
	formatCSV  = "csv"
	formatXLSX = "xlsx"
	formatADX  = "adx"
)

var contentTypes = map[string]string{
	formatJSON: "application/json", formatCSV: "text/csv; charset=utf-8",
	formatXLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", formatADX: "application/adx+xml",
}

func (d *dataset) formats() []string {
	if d.adx {
		return []string{formatJSON, formatCSV, formatXLSX, formatADX}
	}
	return []string{formatJSON, formatCSV, formatXLSX}
}

// Bounds of a page.
const (
	defaultLimit = 1000
	mostRows     = 10_000
)

// asked is a request with the page and the format that were asked for.
type asked struct {
	request
	format      string
	limit, page int
}

// errRequest means that a request asks for something that there is not; the text says
// what there is.
type errRequest struct{ text string }

// Error implements error.
func (e errRequest) Error() string { return e.text }

// read checks a request. A parameter or value that is unknown is refused: an answer that
// left it out would look like one to another question.
func (d *dataset) read(r *http.Request) (asked, error) {
	a := asked{request: request{values: map[string]string{}, viewer: access.From(r.Context()), lang: present.Spanish}, format: formatJSON, limit: defaultLimit}
	query := r.URL.Query()
	for name, values := range query {
		if len(values) != 1 {
			return a, errRequest{fmt.Sprintf("%s is given %d times", name, len(values))}
		}
		value := values[0]
		var err error
		switch name {
		case "format":
			if a.format = value; !slices.Contains(d.formats(), value) {
				err = errRequest{fmt.Sprintf("format %q: there are %s", value, strings.Join(d.formats(), ", "))}
			}
		case "lang":
			if a.lang = value; value != present.Spanish && value != present.English {
				err = errRequest{fmt.Sprintf("lang %q: there are es and en", value)}
			}
		case "limit":
			if a.limit, err = strconv.Atoi(value); err != nil || a.limit < 1 || a.limit > mostRows {
				err = errRequest{fmt.Sprintf("limit %q: expected a number from 1 to %d", value, mostRows)}
			}
		case "page":
			if a.page, err = strconv.Atoi(value); err != nil || a.page < 0 || a.page > mostRows {
				err = errRequest{fmt.Sprintf("page %q: expected a number from 0", value)}
			}
		default:
			err = d.take(&a.request, name, value)
		}
		if err != nil {
			return a, err
		}
	}
	for i := range d.params {
		p := &d.params[i]
		if _, given := a.values[p.name]; given {
			continue
		}
		if p.required {
			return a, errRequest{fmt.Sprintf("%s is missing: %s", p.name, p.about)}
		}
		a.values[p.name] = p.fallback
	}
	return a, nil
}

func (d *dataset) take(r *request, name, value string) error {
	i := slices.IndexFunc(d.params, func(p param) bool { return p.name == name })
	if i < 0 {
		return errRequest{fmt.Sprintf("unknown parameter %q", name)}
	}
	if !d.params[i].ok(value) {
		text := fmt.Sprintf("%s %q is unknown", name, value)
		if d.params[i].values != nil {
			text += ": there are " + strings.Join(d.params[i].values, ", ")
		}
		return errRequest{text}
	}
	r.values[name] = value
	return nil
}

// write writes a page of a result in the format that was asked for.
func (d *dataset) write(w io.Writer, a *asked, res *result, cat *law.Catalogue) error {
	if a.format == formatADX {
		return writeADX(w, res)
	}
	from := min(a.page*a.limit, res.len())
	to := min(from+a.limit, res.len())
	if a.format == formatCSV {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return err
		}
	}
	p, err := present.New(w, present.Options{Format: a.format, Lang: a.lang, Zone: cat.Zone}, res.stamp, d.columns...)
	if err != nil {
		return err
	}
	for i := from; i < to; i++ {
		if err := p.Row(res.at(i)...); err != nil {
			return err
		}
	}
	return p.End()
}

// links are the addresses of the pages beside one, as RFC 8288 writes them.
func links(u *url.URL, a *asked, rows int) string {
	at := func(page int, rel string) string {
		query := u.Query()
		query.Set("page", strconv.Itoa(page))
		return fmt.Sprintf(`<%s?%s>; rel=%q`, u.Path, query.Encode(), rel)
	}
	var out []string
	if a.page > 0 {
		out = append(out, at(a.page-1, "prev"))
	}
	if (a.page+1)*a.limit < rows {
		out = append(out, at(a.page+1, "next"))
	}
	return strings.Join(out, ", ")
}

// adx is a message of the Aggregate Data Exchange profile, which DHIS2 imports.
type adx struct {
	XMLName  xml.Name   `xml:"urn:ihe:qrph:adx:2015 adx"`
	Exported string     `xml:"exported,attr"`
	Groups   []adxGroup `xml:"group"`
}

type adxGroup struct {
	OrgUnit string     `xml:"orgUnit,attr"`
	Period  string     `xml:"period,attr"`
	DataSet string     `xml:"dataSet,attr"`
	Values  []adxValue `xml:"dataValue"`
}

type adxValue struct {
	Element string `xml:"dataElement,attr"`
	Value   string `xml:"value,attr"`
}

// dataSet names what the numbers are, for whoever maps them.
const dataSet = "AMPARO_ON_TIME"

func writeADX(w io.Writer, res *result) error {
	doc := adx{Exported: res.stamp.AsOf.UTC().Format("2006-01-02T15:04:05Z")}
	at := map[[2]string]int{}
	for _, v := range res.data {
		key := [2]string{v.OrgUnit, v.Period}
		i, ok := at[key]
		if !ok {
			i = len(doc.Groups)
			at[key] = i
			doc.Groups = append(doc.Groups, adxGroup{OrgUnit: v.OrgUnit, Period: v.Period, DataSet: dataSet})
		}
		doc.Groups[i].Values = append(doc.Groups[i].Values, adxValue{v.Element, v.Value})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", " ")
	if err := encoder.Encode(doc); err != nil {
		return err
	}
	return encoder.Close()
}
