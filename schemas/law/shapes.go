package law

// A Point is a place on the map: degrees of longitude and of latitude.
type Point [2]float64

// A Shape is the outline of a department, as rings of points of which the last is the
// first. It is a drawing, and nothing is judged by it.
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
