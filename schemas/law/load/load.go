// Package load reads a catalogue, and refuses with file, line and reason what it cannot be
// judged by.
package load

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"amparo/schemas/event"

	"amparo/schemas/law"
	"amparo/schemas/law/source"
)

// A loader is a catalogue in the making.
type loader struct {
	*law.Catalogue
	fsys            fs.FS
	forms           *source.Forms
	choices         map[string][]error // by file: values that are none of those to choose from
	head            source.Lines       // of catalogue.yaml
	lines           map[*law.Duty]source.Lines
	hasImplications bool // the file is there
}

// Catalogue reads a catalogue from the root of fsys and checks it as a whole. All
// errors found are returned together, each with file, line and reason: what
// cannot be read first, then what does not fit together.
func Catalogue(fsys fs.FS) (*law.Catalogue, error) {
	c, err := load(fsys)
	if err != nil {
		return nil, err
	}
	return c.Catalogue, nil
}

// Checked is Catalogue with the people whom no regime of a duty judges: a reader
// of the law should see that it leaves them out as well.
func Checked(fsys fs.FS) (*law.Catalogue, []Unjudged, error) {
	c, err := load(fsys)
	if err != nil {
		return nil, nil, err
	}
	return c.Catalogue, c.unjudged(), nil
}

func load(fsys fs.FS) (*loader, error) {
	var head catalogueFile
	forms, err := source.ReadForms(Forms(), ".")
	if err != nil {
		return nil, err
	}
	lines, choices, err := source.YAML(fsys, headFile, forms, "catalogue", &head)
	if err != nil {
		return nil, err
	}
	found := source.Findings{File: headFile, Lines: lines, Errs: choices}
	c := &loader{Catalogue: head.catalogue(found.Report), fsys: fsys, forms: forms, choices: map[string][]error{}, head: lines, lines: map[*law.Duty]source.Lines{}}
	if c.Hash, err = hashFiles(fsys); err != nil {
		return nil, err
	}
	if err := errors.Join(append(found.Errs, checkFileNames(fsys), c.loadParts())...); err != nil {
		return nil, err
	}
	for _, d := range c.Duties {
		if err := c.missingImplications("duty "+d.ID, d.Implication); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(c.validate(), c.loadIndicators(), c.otherChoices()); err != nil {
		return nil, err
	}
	return c, nil
}

// The files of a catalogue, beside its folders. All but the first are optional.
const (
	headFile         = "catalogue.yaml"
	implicationsFile = "implications.yaml"
	causesFile       = "causes.yaml"
	studyFile        = "study.yaml"
	wordsFile        = "words.yaml"
	indicatorsFile   = "indicators.yaml"
	articlesFile     = "articles.yaml"
	placesFile       = "places.csv"
	districtsFile    = "districts.csv"
	distancesFile    = "distances.csv"
	attributesFile   = "attributes.csv"
	shapesFile       = "shapes.geojson" // a drawing: it is not part of what is hashed
)

// checkFileNames refuses data that nothing would read: a part whose name is
// misspelt would else be missing in silence.
func checkFileNames(fsys fs.FS) error {
	parts := []string{
		headFile, implicationsFile, studyFile, causesFile, wordsFile, indicatorsFile, articlesFile,
		placesFile, districtsFile, distancesFile, attributesFile, shapesFile, "duties/*.yaml", "calendars/*.yaml", "events/*.json",
	}
	var errs []error
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isNote(name) {
			return err
		}
		isPart := func(pattern string) bool {
			ok, _ := path.Match(pattern, name)
			return ok
		}
		if !slices.ContainsFunc(parts, isPart) {
			errs = append(errs, &law.FileError{File: name, Err: fmt.Errorf("nothing reads this file: expected one of %s", strings.Join(parts, ", "))})
		}
		return nil
	})
	return errors.Join(append(errs, err)...)
}

// catalogueFile is catalogue.yaml.
type catalogueFile struct {
	ID          string              `yaml:"id"`
	Version     string              `yaml:"version"`
	Title       law.Text            `yaml:"title"`
	Zone        string              `yaml:"zone"`
	Languages   []string            `yaml:"languages"`
	Days        string              `yaml:"days"`
	CaseStart   string              `yaml:"case_start"`
	FirstOnly   []string            `yaml:"first_only"`
	Retraction  string              `yaml:"retraction"`
	UnitReport  string              `yaml:"unit_report"`
	Observation string              `yaml:"observation"`
	Kinds       map[string][]string `yaml:"kinds"`
	Facts       map[string]factFile `yaml:"facts"`
	VoidedBy    []law.Voiding       `yaml:"voided_by"`
}

type factFile struct {
	StartField string            `yaml:"start_field"`
	First      source.Strings    `yaml:"first"`
	Last       source.Strings    `yaml:"last"`
	Field      string            `yaml:"field"`
	Holds      string            `yaml:"holds"`
	Default    source.MaybeEmpty `yaml:"default"`
}

// catalogue checks the values that stand alone.
func (f *catalogueFile) catalogue(report source.Report) *law.Catalogue {
	c := &law.Catalogue{
		ID: f.ID, Version: f.Version, Title: f.Title, Languages: f.Languages,
		CaseStart: f.CaseStart, FirstOnly: map[string]bool{}, Facts: map[string]*law.Fact{},
		VoidedBy: f.VoidedBy, Retraction: f.Retraction, UnitReport: f.UnitReport,
		Observation: f.Observation,
		Days:        law.DayReading(f.Days), Kinds: f.Kinds,
	}
	var err error
	// Local is the zone of the machine: the same law would judge differently on another.
	if c.Zone, err = time.LoadLocation(f.Zone); err != nil || f.Zone == "" || f.Zone == "Local" {
		report("zone", "zone %q is not in the tz database", f.Zone)
	}
	for _, required := range []struct{ name, value string }{{"id", f.ID}, {"version", f.Version}, {"case_start", f.CaseStart}} {
		if strings.TrimSpace(required.value) == "" {
			report(required.name, "%s is missing", required.name)
		}
	}
	if c.Days == "" {
		report("days", "days is missing: expected business or calendar")
	}
	if len(f.Languages) == 0 {
		report("languages", "languages are missing: expected es, en or both")
	}
	for _, t := range f.FirstOnly {
		c.FirstOnly[t] = true
	}
	for name, ff := range f.Facts {
		if len(ff.First) > 0 && len(ff.Last) > 0 {
			report("facts."+name, "fact %s: give first or last, not both", name)
		}
		c.Facts[name] = &law.Fact{
			Name: name, StartField: ff.StartField, Types: append(ff.First, ff.Last...),
			Field: ff.Field, Holds: ff.Holds, Last: len(ff.Last) > 0, Default: string(ff.Default),
		}
	}
	return c
}

// loadParts reads everything that stands on its own.
func (c *loader) loadParts() error {
	events, eventsErr := event.CompileSchemas(c.fsys, "events")
	c.Events = events
	_, wordsErr := c.readOptional(wordsFile, &c.Words)
	return errors.Join(
		eventsErr, wordsErr, c.loadCalendars(), c.readPlaces(), c.readDistances(), c.readAttributes(), c.readShapes(),
		c.loadImplications(), c.loadStudy(), c.loadCauses(), c.loadDuties(),
	)
}

// readOptional reads a YAML file where it exists; lines are nil where not.
func (c *loader) readOptional(name string, into any) (source.Lines, error) {
	lines, err := c.read(name, strings.TrimSuffix(name, ".yaml"), into)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return lines, err
}

// missingImplications is the one error of a catalogue whose parts name
// implications and that has no file of them.
func (c *loader) missingImplications(part string, named ...string) error {
	for _, id := range named {
		if id != "" && !c.hasImplications {
			return &law.FileError{File: implicationsFile, Err: fmt.Errorf("the file is missing: %s names implication %s, which is listed there", part, id)}
		}
	}
	return nil
}

func (c *loader) loadImplications() error {
	found := source.Findings{File: implicationsFile}
	var err error
	if found.Lines, err = c.readOptional(implicationsFile, &c.Implications); err != nil {
		return err
	}
	c.hasImplications = found.Lines != nil
	once := onlyOnce{}
	for i, implication := range c.Implications {
		report := source.Report(found.Report).Below(source.Item("", i))
		once.check(report, "id", implication.ID)
		once.checkNumber(report, implication.Number)
		c.checkText(report, "title", implication.Title)
		if implication.Area == "" {
			report("area", "area is missing")
		}
		if len(implication.Articles) == 0 {
			report("articles", "implication %s names no article", implication.ID)
		}
		articles := onlyOnce{}
		for j, article := range implication.Articles {
			articles.check(report, source.Item("articles", j), article)
		}
	}
	return errors.Join(found.Errs...)
}

func (c *loader) loadCauses() error {
	found := source.Findings{File: causesFile}
	var err error
	if found.Lines, err = c.readOptional(causesFile, &c.Causes); err != nil {
		return err
	}
	once := onlyOnce{}
	for i, cause := range c.Causes {
		report := source.Report(found.Report).Below(source.Item("", i))
		once.check(report, "id", cause.ID)
		once.checkNumber(report, cause.Number)
		c.checkText(report, "title", cause.Title)
		c.checkText(report, "reads_as", cause.ReadsAs)
		c.checkCoding(report, &cause)
		if !found.Lines.Has(source.Item("", i) + ".found_by_study") {
			report("found_by_study", "found_by_study is missing: expected true or false")
		}
	}
	return errors.Join(found.Errs...)
}

// onlyOnce remembers what was named, key and value.
type onlyOnce map[string]bool

// check refuses a name that is missing or was given before under the same key.
func (seen onlyOnce) check(report source.Report, key, name string) {
	kind, _, _ := strings.Cut(key, "[")
	switch {
	case source.IsBlank(name):
		report(key, "%s is missing", kind)
	case seen[kind+" "+name]:
		report(key, "%s %s is listed twice", kind, name)
	}
	seen[kind+" "+name] = true
}

func (seen onlyOnce) checkNumber(report source.Report, n int) {
	if n < 1 {
		report("number", "number is %d, expected one from 1 on", n)
	}
	seen.check(report, "number", strconv.Itoa(n))
}

// checkText refuses a text that is missing in a language of the catalogue.
func (c *loader) checkText(report source.Report, path string, t law.Text) {
	for _, lang := range c.Languages {
		if text := map[string]string{"es": t.ES, "en": t.EN}[lang]; source.IsBlank(text) {
			report(path+"."+lang, "%s is missing in %q", path, lang)
		}
	}
}

// readDistances reads the term of distance by place: distances.csv with the
// columns code and hours. The table is optional.
func (c *loader) readDistances() error {
	c.Distances = map[string]time.Duration{}
	t, err := source.ReadTable(c.fsys, distancesFile, []string{"code", "hours"})
	if t == nil {
		return err
	}
	seen := onlyOnce{}
	for _, row := range t.Rows {
		code, text := row.Cells[0], row.Cells[1]
		seen.check(row.Report, "place", code)
		if c.Places != nil && !c.Places.Known(code) {
			row.Report("", "unknown place %q", code)
		}
		hours, err := strconv.ParseFloat(text, 64)
		if err != nil || hours < 0 || hours > maxHours {
			row.Report("", "hours is %q, expected a number of hours, from 0 to %d", text, maxHours)
		}
		c.Distances[code] = time.Duration(hours * float64(time.Hour))
	}
	return errors.Join(t.Errs...)
}

func (c *loader) loadDuties() error {
	files, err := fs.Glob(c.fsys, "duties/*.yaml")
	if err != nil {
		return fmt.Errorf("list duties: %w", err)
	}
	if len(files) == 0 {
		return errors.New("no duties found: expected one duties/<id>.yaml for each duty")
	}
	var errs []error
	var duties []*law.Duty
	for _, name := range files {
		d, err := c.readDuty(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		duties = append(duties, d)
	}
	c.SetDuties(duties)
	return errors.Join(errs...)
}

// checkNamedAfterFile refuses an id that is not the file's name, by which people
// look for it. No two files then have one id.
func checkNamedAfterFile(name string, lines source.Lines, id string) error {
	if want := strings.TrimSuffix(path.Base(name), ".yaml"); id != want {
		return &law.FileError{File: name, Line: lines.Of("id"), Err: fmt.Errorf("id is %q, expected the file's name %q", id, want)}
	}
	return nil
}

// hashFiles is the SHA-256 over the names and contents of all files that make
// up the catalogue, in name order. Its drawing is not among them: no case is judged
// otherwise for it.
func hashFiles(fsys fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || isNote(name) || name == shapesFile {
			return err
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(h, "%s\n%d\n%s", name, len(b), b)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("hash catalogue: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// isNote tells notes beside a catalogue, and the code that ships it, from what it
// is made of.
func isNote(name string) bool {
	base := path.Base(name)
	switch strings.ToLower(path.Ext(name)) {
	case ".md", ".go":
		return true
	}
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "LICENSE")
}
