package bench

import (
	"fmt"
	"os"
	"strings"

	"amparo/pipeline/study"
)

// StudyCmd is amparo study.
type StudyCmd struct {
	Intervals int    `default:"5000" help:"Seeds for intervals."`
	Verdicts  int    `default:"1000" help:"Seeds for verdicts."`
	Out       string `default:"docs/study.md" placeholder:"FILE" help:"Where to write."`
}

// Run compares simulated data with known truth and records how often the answers
// were right.
func (c *StudyCmd) Run() error {
	findings, err := study.Study(c.Intervals, c.Verdicts)
	if err != nil {
		return err
	}
	signals, err := study.Signals(c.Verdicts)
	if err != nil {
		return err
	}
	findings = append(findings, signals...)
	var b strings.Builder
	b.WriteString(`# How often the answers are right

Data are made up so that the truth is known, compared as real ones are, and the
answer held against the truth, once for each seed. Counts and times are drawn
directly, not events. Risk levels have shares on time of 85, 80, 70 and 60 %, and
lie in the two sides in the mixes 10, 20, 30, 40 % and 40, 30, 20, 10 %. Written
by ` + "`amparo study`" + `; the same seeds give the same numbers.

| What | Seeds | Share | Should be | |
|---|---|---|---|---|
`)
	held := true
	for _, f := range findings {
		holds := "yes"
		if !f.Holds() {
			holds, held = "**no**", false
		}
		fmt.Fprintf(&b, "| %s | %d | %.2f %% | %g to %g %% | %s |\n", f.What, f.Seeds, 100*f.Share, 100*f.Low, 100*f.High, holds)
	}
	if err := os.WriteFile(c.Out, []byte(b.String()), 0o644); err != nil { //nolint:gosec // A public document.
		return fmt.Errorf("write the study: %w", err)
	}
	if !held {
		return fmt.Errorf("some findings are not as they should be: see %s", c.Out)
	}
	return nil
}
