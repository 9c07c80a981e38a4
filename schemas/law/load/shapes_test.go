package load_test

import (
	"strings"
	"testing"

	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

// The capitals of the departments, as any atlas has them: Callao's is the port.
var capitals = map[string]law.Point{
	"01": {-77.8722, -6.2294}, "02": {-77.5278, -9.5278}, "03": {-72.8814, -13.6339}, "04": {-71.5375, -16.3989}, "05": {-74.2239, -13.1588},
	"06": {-78.5128, -7.1638}, "07": {-77.1333, -12.0500}, "08": {-71.9675, -13.5320}, "09": {-74.9764, -12.7864}, "10": {-76.2422, -9.9306},
	"11": {-75.7286, -14.0678}, "12": {-75.2049, -12.0651}, "13": {-79.0300, -8.1116}, "14": {-79.8441, -6.7714}, "15": {-77.0428, -12.0464},
	"16": {-73.2538, -3.7437}, "17": {-69.1891, -12.5933}, "18": {-70.9351, -17.1956}, "19": {-76.2562, -10.6864}, "20": {-80.6328, -5.1945},
	"21": {-70.0199, -15.8402}, "22": {-76.9714, -6.0342}, "23": {-70.2536, -18.0146}, "24": {-80.4515, -3.5669}, "25": {-74.5539, -8.3791},
}

// The source of the outlines has departments under wrong names: so each is told by a point
// that must lie in it, and in no other.
func TestEachOutlineHoldsTheCapitalOfItsDepartmentAndNoOther(t *testing.T) {
	cat := lawtest.Shipped(t)
	if len(cat.Shapes) != 25 || len(capitals) != 25 {
		t.Fatalf("%d outlines, %d capitals", len(cat.Shapes), len(capitals))
	}
	for code, capital := range capitals {
		for other, shape := range cat.Shapes {
			if shape.Contains(capital) != (other == code) {
				t.Errorf("the capital of %s (%s): inside the outline of %s is %t", code, cat.Places.Name(code), other, other != code)
			}
		}
	}
	// Towns far from their capitals, and points that lie in no department.
	for point, code := range map[law.Point]string{
		{-77.6050, -11.1067}: "15", {-76.38, -13.08}: "15", {-70.13, -15.50}: "21", {-71.60, -15.64}: "04", {-72.7, -12.86}: "08", {-76.1, -5.9}: "16",
	} {
		if !cat.Shapes[code].Contains(point) {
			t.Errorf("%v does not lie in %s", point, cat.Places.Name(code))
		}
	}
	for code, shape := range cat.Shapes {
		for _, point := range []law.Point{{-79.5, -12}, {-70, -9}, {-69.2, -15.9}} { // the sea, Brazil, Lake Titicaca's far shore
			if shape.Contains(point) && code != "21" {
				t.Errorf("%v lies in %s", point, code)
			}
		}
	}
}

// A drawing is refused where it is wrong, and is no part of what cases are judged by.
func TestADrawingIsCheckedAndNotHashed(t *testing.T) {
	shipped := lawtest.Shipped(t)
	b, err := ley30364.Files.ReadFile("shapes.geojson")
	if err != nil {
		t.Fatal(err)
	}
	whole := string(b)
	for want, text := range map[string]string{
		"expected GeoJSON":             "{",
		"names its source and licence": strings.Replace(whole, `"licence"`, `"license"`, 1),
		`"99" is no department`:        strings.Replace(whole, `"code":"21"`, `"code":"99"`, 1),
		"expected one MultiPolygon":    strings.Replace(whole, `"code":"21"`, `"code":"22"`, 1),
		"the last is the first":        strings.Replace(whole, `"coordinates":[[[[`, `"coordinates":[[[[1,1],[`, 1),
		"department 01 has no outline": whole[:strings.Index(whole, `{"type":"Feature","properties":{"code":"01"`)] + whole[strings.Index(whole, `{"type":"Feature","properties":{"code":"02"`):],
	} {
		o := lawtest.NewOverlay(t, "appeal-granted")
		o.Write("shapes.geojson", text)
		if _, err := load.Catalogue(o.MapFS); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	files := lawtest.All(t)
	delete(files, "shapes.geojson")
	without, err := load.Catalogue(files)
	if err != nil {
		t.Fatal(err)
	}
	if without.Hash != shipped.Hash || without.Shapes != nil {
		t.Errorf("without its drawing the catalogue is another: %s, %s", without.Hash, shipped.Hash)
	}
}
