package law

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// A Point is a place on the map: degrees of longitude and of latitude.
type Point [2]float64

// A Shape is the outline of a department: rings of points of which the last is the first.
type Shape [][]Point

// Contains reports whether a point lies in the shape.
func (s Shape) Contains(p Point) bool {
	within := false
	for _, ring := range s {
		for i := range ring {
			a, b := ring[i], ring[(i+1)%len(ring)]
			if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < (b[0]-a[0])*(p[1]-a[1])/(b[1]-a[1])+a[0] {
				within = !within
			}
		}
	}
	return within
}

// A geoJSON is the outline of every department, with its code.
type geoJSON struct {
	Type, Source, Licence string
	Features              []struct {
		Properties struct{ Code string }
		Geometry   struct {
			Type        string
			Coordinates [][][]Point
		}
	}
}

// ReadShapes reads the outlines of all departments from GeoJSON: one missing is not seen.
func ReadShapes(b []byte, departments []string) (map[string]Shape, error) {
	var g geoJSON
	if err := json.Unmarshal(b, &g); err != nil {
		return nil, fmt.Errorf("expected GeoJSON: %w", err)
	}
	if g.Type != "FeatureCollection" || g.Source == "" || g.Licence == "" {
		return nil, errors.New("expected a FeatureCollection that names its source and licence")
	}
	shapes := map[string]Shape{}
	for _, f := range g.Features {
		code := f.Properties.Code
		if !slices.Contains(departments, code) {
			return nil, fmt.Errorf("%q is no department", code)
		}
		if shapes[code] != nil || f.Geometry.Type != "MultiPolygon" {
			return nil, fmt.Errorf("department %s: expected one MultiPolygon", code)
		}
		for _, polygon := range f.Geometry.Coordinates {
			for _, ring := range polygon {
				if len(ring) < 4 || ring[0] != ring[len(ring)-1] {
					return nil, fmt.Errorf("department %s: a ring has four points or more, and the last is the first", code)
				}
				shapes[code] = append(shapes[code], ring)
			}
		}
	}
	for _, code := range departments {
		if len(shapes[code]) == 0 {
			return nil, fmt.Errorf("department %s has no outline", code)
		}
	}
	return shapes, nil
}
