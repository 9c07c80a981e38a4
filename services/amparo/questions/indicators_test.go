package questions

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/law/lawtest"
	"amparo/services/amparo/command"
)

func TestIndicatorsAreChosenByWhatIsAsked(t *testing.T) {
	cat := lawtest.Shipped(t)
	for name, test := range map[string]struct {
		cmd  IndicatorsCmd
		want []string
	}{
		"an implication":               {IndicatorsCmd{Implication: []string{"media-content"}}, []string{"media-breach-rate", "edu-slot-use"}},
		"an indicator":                 {IndicatorsCmd{Indicator: []string{"breach-rate"}}, []string{"breach-rate"}},
		"causes of an implication":     {IndicatorsCmd{Causes: true, Implication: []string{"refuge-homes"}}, []string{"shelter-no-bed-share"}},
		"observations need no numbers": {IndicatorsCmd{Observations: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			chosen, err := test.cmd.choose(cat)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, ind := range chosen {
				got = append(got, ind.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for name, cmd := range map[string]IndicatorsCmd{
		"implication": {Implication: []string{"coffee"}},
		"indicator":   {Indicator: []string{"coffee"}},
		"region":      {Region: []string{"moon"}, Counting: command.Counting{Grouping: "natural"}},
	} {
		t.Run("no such "+name, func(t *testing.T) {
			if _, err := cmd.choose(cat); !errors.Is(err, command.ErrInvalid) {
				t.Errorf("got %v", err)
			}
		})
	}
}
