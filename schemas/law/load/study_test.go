package load_test

import (
	"testing"

	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

func TestTheStudysCodingIsBesideItsInterviews(t *testing.T) {
	c := lawtest.Shipped(t)
	for _, test := range []struct {
		cause, region string
		want          law.Coding
		interviewed   int
	}{
		{"poor-policies", "", law.Coding{Observations: 3, Participants: 3}, 14},
		{"poor-policies", "highlands", law.Coding{Region: "highlands", Observations: 2, Participants: 2}, 8},
		{"bad-luck", "coast", law.Coding{Region: "coast"}, 6},
		{"insufficient-resources", "jungle", law.Coding{Region: "jungle"}, 0},
	} {
		for i := range c.Causes {
			if c.Causes[i].ID != test.cause {
				continue
			}
			if got, interviewed := c.InStudy(&c.Causes[i], test.region); got != test.want || interviewed != test.interviewed {
				t.Errorf("%s in %q: %v of %d, want %v of %d", test.cause, test.region, got, interviewed, test.want, test.interviewed)
			}
		}
	}
}
