// Package lawtest has the catalogue that ships, whole or changed in memory, and
// cases told in a line an event, for tests.
package lawtest

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

// loadShipped loads the catalogue that ships, once: it never changes.
var loadShipped = sync.OnceValues(func() (*law.Catalogue, error) { return load.Catalogue(ley30364.Files) })

// TB is what helpers need of a test, whether of testing or of rapid.
type TB interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// Shipped is the catalogue that ships.
func Shipped(t TB) *law.Catalogue {
	t.Helper()
	c, err := loadShipped()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An Overlay is the shipped catalogue in memory, to be changed by a test. Only
// the duties it is given are kept: a change is then checked without all others.
// Indicators and articles, which name duties, are left out.
type Overlay struct {
	fstest.MapFS
	T testing.TB
}

// NewOverlay is the shipped catalogue with some duties alone.
func NewOverlay(t testing.TB, duties ...string) Overlay {
	t.Helper()
	files := All(t)
	delete(files, "indicators.yaml")
	delete(files, "articles.yaml")
	keep := map[string]bool{}
	for _, id := range duties {
		keep["duties/"+id+".yaml"] = true
	}
	for name := range files {
		if strings.HasPrefix(name, "duties/") && !keep[name] {
			delete(files, name)
		}
	}
	return Overlay{files, t}
}

// All is the shipped catalogue in memory.
func All(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(ley30364.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := fs.ReadFile(ley30364.Files, name)
		files[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Edit replaces text that stands in a file exactly once.
func (o Overlay) Edit(name, from, to string) {
	o.T.Helper()
	text := string(o.MapFS[name].Data)
	if n := strings.Count(text, from); n != 1 {
		o.T.Fatalf("%s holds %q %d times, expected once", name, from, n)
	}
	o.MapFS[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, from, to, 1))}
}

// Write puts a file in.
func (o Overlay) Write(name, text string) {
	o.MapFS[name] = &fstest.MapFile{Data: []byte(text)}
}

// Refused checks that the catalogue is refused, with an error that says the
// reason and names the file and a line of it that holds the text. Without text
// no line is asked for.
func (o Overlay) Refused(file, at, reason string) {
	o.T.Helper()
	_, err := load.Catalogue(o.MapFS)
	if err == nil {
		o.T.Fatalf("loaded, expected a refusal: %s", reason)
	}
	var text []byte // none where the file is missing
	if f := o.MapFS[file]; f != nil {
		text = f.Data
	}
	places := []string{file + ":"}
	if at != "" {
		places = nil
	}
	for i, line := range strings.Split(string(text), "\n") {
		if at != "" && strings.Contains(line, at) {
			places = append(places, fmt.Sprintf("%s:%d:", file, i+1))
		}
	}
	for line := range strings.Lines(err.Error()) {
		if strings.Contains(line, reason) && slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(line, p) }) {
			return
		}
	}
	o.T.Errorf("got:\n%v\nwant:\n%s %s", err, strings.Join(places, " or "), reason)
}
