package load

import (
	"errors"
	"slices"

	"amparo/schemas/law"
	"amparo/schemas/law/source"
)

// loadStudy reads the study, which is optional.
func (c *loader) loadStudy() error {
	found := source.Findings{File: studyFile}
	var err error
	if found.Lines, err = c.readOptional(studyFile, &c.Study); err != nil || found.Lines == nil {
		return err
	}
	c.checkText(found.Report, "title", c.Study.Title)
	regions := c.Places.Regions(c.Study.Grouping)
	for region, n := range c.Study.Participants {
		if !slices.Contains(regions, region) || n < 1 {
			found.Report("participants."+region, "participants of %s: expected a region of grouping %q and a number above zero", region, c.Study.Grouping)
		}
	}
	return errors.Join(found.Errs...)
}

// checkCoding checks how the study coded a cause against whom it interviewed.
func (c *loader) checkCoding(report source.Report, cause *law.Cause) {
	for i, coding := range cause.Coded {
		interviewed, ok := c.Study.Participants[coding.Region]
		switch {
		case !ok:
			report(source.Item("coded", i), "cause %s: the study has no region %q", cause.ID, coding.Region)
		case coding.Participants < 1 || coding.Participants > interviewed || coding.Observations < coding.Participants:
			report(source.Item("coded", i), "cause %s, region %s: expected 1 to %d participants, and an observation of each", cause.ID, coding.Region, interviewed)
		}
	}
	if c.Study.Participants != nil && cause.Found != (len(cause.Coded) > 0) {
		report("found_by_study", "cause %s: found_by_study and coded contradict each other", cause.ID)
	}
}
