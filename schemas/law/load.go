package law

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"amparo/schemas/event"
)

// Load reads a catalogue from the root of fsys and checks it as a whole. All
// errors found are returned together, each with file, line and reason.
func Load(fsys fs.FS) (*Catalogue, error) {
	var head catalogueFile
	if err := readYAML(fsys, "catalogue.yaml", &head); err != nil {
		return nil, err
	}
	lines, err := keyLines(fsys, "catalogue.yaml")
	if err != nil {
		return nil, err
	}
	c, err := head.catalogue(lines)
	if err != nil {
		return nil, err
	}
	if c.Hash, err = hashFiles(fsys); err != nil {
		return nil, err
	}
	if err := c.loadParts(fsys); err != nil {
		return nil, err
	}
	if err := c.loadDuties(fsys); err != nil {
		return nil, err
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	if err := c.loadIndicators(fsys); err != nil {
		return nil, err
	}
	return c, nil
}

// catalogueFile is catalogue.yaml.
type catalogueFile struct {
	ID          string              `yaml:"id"`
	Version     string              `yaml:"version"`
	Title       Text                `yaml:"title"`
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
	VoidedBy    []Voiding           `yaml:"voided_by"`
}

type factFile struct {
	StartField string     `yaml:"start_field"`
	First      stringList `yaml:"first"`
	Last       stringList `yaml:"last"`
	Field      string     `yaml:"field"`
	Holds      string     `yaml:"holds"`
	Default    string     `yaml:"default"`
}

// catalogue checks the values that stand alone. lines are those of the file's
// keys.
func (f *catalogueFile) catalogue(lines map[string]int) (*Catalogue, error) {
	c := &Catalogue{
		ID: f.ID, Version: f.Version, Title: f.Title, Languages: f.Languages,
		CaseStart: f.CaseStart, FirstOnly: map[string]bool{}, Facts: map[string]*Fact{},
		VoidedBy: f.VoidedBy, Retraction: f.Retraction, UnitReport: f.UnitReport,
		Observation: f.Observation,
		days:        dayReading(f.Days), kinds: f.Kinds, byID: map[string]*Duty{}, line: lines,
	}
	var err error
	if c.Zone, err = time.LoadLocation(f.Zone); err != nil || f.Zone == "" {
		return nil, c.errorAt("zone", "zone %q is not in the tz database", f.Zone)
	}
	for _, required := range []struct{ name, value string }{{"id", f.ID}, {"version", f.Version}, {"case_start", f.CaseStart}} {
		if required.value == "" {
			return nil, c.errorAt(required.name, "%s is missing", required.name)
		}
	}
	if c.days != readBusiness && c.days != readCalendar {
		return nil, c.errorAt("days", "days is %q, expected business or calendar", f.Days)
	}
	for _, t := range f.FirstOnly {
		c.FirstOnly[t] = true
	}
	for name, ff := range f.Facts {
		if len(ff.First) > 0 && len(ff.Last) > 0 {
			return nil, c.errorAt("facts", "fact %s: give first or last, not both", name)
		}
		c.Facts[name] = &Fact{
			Name: name, StartField: ff.StartField, Types: append(ff.First, ff.Last...),
			Field: ff.Field, Holds: ff.Holds, Last: len(ff.Last) > 0, Default: ff.Default,
		}
	}
	return c, nil
}

func (c *Catalogue) errorAt(where, format string, args ...any) error {
	return &FileError{File: "catalogue.yaml", Line: c.line[where], Err: fmt.Errorf(format, args...)}
}

// loadParts reads everything but the duties.
func (c *Catalogue) loadParts(fsys fs.FS) error {
	events, err := fs.Sub(fsys, "events")
	if err != nil {
		return fmt.Errorf("open events folder: %w", err)
	}
	if c.Events, err = event.CompileSchemas(events); err != nil {
		return err
	}
	files, err := yamlFiles(fsys, "calendars")
	if err != nil {
		return err
	}
	var calendars []calendarFile
	for _, name := range files {
		var f calendarFile
		if err := readYAML(fsys, name, &f); err != nil {
			return err
		}
		f.file = name
		calendars = append(calendars, f)
	}
	if c.Calendars, err = newCalendars(calendars); err != nil {
		return err
	}
	if c.Places, err = readPlaces(fsys); err != nil {
		return err
	}
	if err := c.readDistances(fsys); err != nil {
		return err
	}
	for name, into := range map[string]any{
		"implications.yaml": &c.Implications, "causes.yaml": &c.Causes, "words.yaml": &c.words,
	} {
		if err := readYAML(fsys, name, into); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// readDistances reads the term of distance by place: distances.csv with the
// columns code and hours. The table is optional and may be empty.
func (c *Catalogue) readDistances(fsys fs.FS) error {
	c.distances = map[string]time.Duration{}
	rows, err := readCSV(fsys, "distances.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for i, row := range rows[1:] {
		hours, err := time.ParseDuration(row[1] + "h")
		if err != nil || hours < 0 || c.Places != nil && !c.Places.Known(row[0]) {
			return fmt.Errorf("distances.csv:%d: expected a known place and a number of hours", i+2)
		}
		c.distances[row[0]] = hours
	}
	return nil
}

func (c *Catalogue) loadDuties(fsys fs.FS) error {
	files, err := yamlFiles(fsys, "duties")
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range files {
		d, err := readDuty(fsys, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if other, dup := c.byID[d.ID]; dup {
			errs = append(errs, fmt.Errorf("%s: duty %s is also in %s", name, d.ID, other.File))
			continue
		}
		c.byID[d.ID] = d
		c.Duties = append(c.Duties, d)
	}
	slices.SortFunc(c.Duties, func(a, b *Duty) int { return strings.Compare(a.ID, b.ID) })
	return errors.Join(errs...)
}

func yamlFiles(fsys fs.FS, dir string) ([]string, error) {
	files, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	return files, nil
}

// readYAML decodes one file strictly: unknown and repeated keys are errors.
func readYAML(fsys fs.FS, name string, into any) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(into); err != nil {
		return &FileError{File: name, Line: yamlLine(err), Err: errors.New(firstLine(yaml.FormatError(err, false, false)))}
	}
	return nil
}

// A FileError is an error in a catalogue file, with its line.
type FileError struct {
	File string
	Line int // 0 where unknown
	Err  error
}

func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err)
}

func (e *FileError) Unwrap() error { return e.Err }

func yamlLine(err error) int {
	var located yaml.Error
	if errors.As(err, &located) && located.GetToken() != nil {
		return located.GetToken().Position.Line
	}
	return 0
}

// firstLine drops the position that the parser puts before its message; the
// FileError says it.
func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if _, rest, ok := strings.Cut(s, "] "); ok && strings.HasPrefix(s, "[") {
		return rest
	}
	return s
}

// hashFiles is the SHA-256 over the names and contents of all files that make
// up the catalogue, in name order.
func hashFiles(fsys fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isCatalogueFile(name) {
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

func isCatalogueFile(name string) bool {
	switch path.Ext(name) {
	case ".yaml", ".json", ".csv":
		return true
	}
	return false
}
