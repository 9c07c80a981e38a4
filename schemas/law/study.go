package law

import (
	"errors"
	"io/fs"
	"slices"
)

// A Study is the interviews that the catalogue's causes were coded from.
type Study struct {
	Title    Text   `yaml:"title"`
	Grouping string `yaml:"grouping"` // that its regions belong to
	// Participants is how many people were interviewed in each region.
	Participants map[string]int `yaml:"participants"`
}

// A Coding is how often the study's interviews in a region name a cause: in how
// many observations, of how many participants.
type Coding struct {
	Region       string `yaml:"region"`
	Observations int    `yaml:"observations"`
	Participants int    `yaml:"participants"`
}

// loadStudy reads the study, which is optional.
func (c *Catalogue) loadStudy(fsys fs.FS) error {
	found := findings{file: studyFile}
	var err error
	if found.lines, err = readOptional(fsys, studyFile, &c.Study); err != nil || found.lines == nil {
		return err
	}
	c.checkText(found.report, "title", c.Study.Title)
	regions := c.Places.Regions(c.Study.Grouping)
	for region, n := range c.Study.Participants {
		if !slices.Contains(regions, region) || n < 1 {
			found.report("participants."+region, "participants of %s: expected a region of grouping %q and a number above zero", region, c.Study.Grouping)
		}
	}
	return errors.Join(found.errs...)
}

// checkCoding checks how the study coded a cause against whom it interviewed.
func (c *Catalogue) checkCoding(report report, cause *Cause) {
	for i, coding := range cause.Coded {
		interviewed, ok := c.Study.Participants[coding.Region]
		switch {
		case !ok:
			report(item("coded", i), "cause %s: the study has no region %q", cause.ID, coding.Region)
		case coding.Participants < 1 || coding.Participants > interviewed || coding.Observations < coding.Participants:
			report(item("coded", i), "cause %s, region %s: expected 1 to %d participants, and an observation of each", cause.ID, coding.Region, interviewed)
		}
	}
	if c.Study.Participants != nil && cause.Found != (len(cause.Coded) > 0) {
		report("found_by_study", "cause %s: found_by_study and coded contradict each other", cause.ID)
	}
}

// InStudy is how the study coded a cause in a region, or in all of its regions
// where none is named, and of how many people.
func (c *Catalogue) InStudy(cause *Cause, region string) (coded Coding, interviewed int) {
	coded.Region = region
	for _, one := range cause.Coded {
		if region == "" || one.Region == region {
			coded.Observations += one.Observations
			coded.Participants += one.Participants
		}
	}
	for in, n := range c.Study.Participants {
		if region == "" || in == region {
			interviewed += n
		}
	}
	return coded, interviewed
}
