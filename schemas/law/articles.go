package law

import (
	"slices"

	"amparo/schemas/law/source"
)

// An Article is an article that the study names: what measures it, or why events
// cannot show it.
type Article struct {
	ID         string         `yaml:"article"`
	Duties     source.Strings `yaml:"duties"`
	NotVisible Text           `yaml:"not_visible"`
}

// NamedBy are the implications that name an article.
func (c *Catalogue) NamedBy(article string) []Implication {
	var out []Implication
	for _, i := range c.Implications {
		if slices.Contains(i.Articles, article) {
			out = append(out, i)
		}
	}
	return out
}

// IndicatorsOf are the indicators that cite an article.
func (c *Catalogue) IndicatorsOf(article string) []*Indicator {
	var out []*Indicator
	for _, ind := range c.Indicators {
		if slices.Contains(ind.Articles, article) {
			out = append(out, ind)
		}
	}
	return out
}
