package law

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
