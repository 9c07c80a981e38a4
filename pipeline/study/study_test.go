package study

import "testing"

// The recorded study has thousands of seeds; these few only show that it runs
// and is not far off.
func TestStudyInSmall(t *testing.T) {
	findings, err := Study(40, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Share < f.Low-0.2 || f.Share > f.High+0.2 {
			t.Errorf("%s: %v, want %v to %v", f.What, f.Share, f.Low, f.High)
		}
	}
}

func TestSignalsAreSeldomRaisedByChance(t *testing.T) {
	findings, err := Signals(60)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Share < f.Low-0.1 || f.Share > f.High+0.08 {
			t.Errorf("%s: %v, want %v to %v", f.What, f.Share, f.Low, f.High)
		}
	}
}
