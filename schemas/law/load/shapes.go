package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"amparo/schemas/law"
)

// A geoJSON is shapes.geojson: the outline of every department, with its code.
type geoJSON struct {
	Type     string `json:"type"`
	Source   string `json:"source"`
	Licence  string `json:"licence"`
	Features []struct {
		Properties struct {
			Code string `json:"code"`
		} `json:"properties"`
		Geometry struct {
			Type        string          `json:"type"`
			Coordinates [][][]law.Point `json:"coordinates"`
		} `json:"geometry"`
	} `json:"features"`
}

// readShapes reads shapes.geojson. It is optional; where it is there it has every department,
// since one that is missing on a map is not seen to be missing.
func (c *loader) readShapes() error {
	b, err := fs.ReadFile(c.fsys, shapesFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	wrong := func(format string, args ...any) error {
		return &law.FileError{File: shapesFile, Err: fmt.Errorf(format, args...)}
	}
	if err != nil {
		return wrong("read it: %w", err)
	}
	var g geoJSON
	if err := json.Unmarshal(b, &g); err != nil {
		return wrong("expected GeoJSON: %w", err)
	}
	if g.Type != "FeatureCollection" || g.Source == "" || g.Licence == "" {
		return wrong("expected a FeatureCollection that names its source and licence")
	}
	shapes := map[string]law.Shape{}
	for _, f := range g.Features {
		code := f.Properties.Code
		if c.Places == nil || !slices.Contains(c.Places.Departments(), code) {
			return wrong("%q is no department", code)
		}
		if shapes[code] != nil || f.Geometry.Type != "MultiPolygon" {
			return wrong("department %s: expected one MultiPolygon", code)
		}
		for _, polygon := range f.Geometry.Coordinates {
			for _, ring := range polygon {
				if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
					return wrong("department %s: a ring has four points or more, and the last is the first", code)
				}
				shapes[code] = append(shapes[code], ring)
			}
		}
	}
	for _, code := range c.Places.Departments() {
		if len(shapes[code]) == 0 {
			return wrong("department %s has no outline", code)
		}
	}
	c.Shapes = shapes
	return nil
}
