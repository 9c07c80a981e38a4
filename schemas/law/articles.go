package law

import (
	"errors"
	"io/fs"
	"slices"
)

// An Article is an article that the study names: what measures it, or why events
// cannot show it.
type Article struct {
	ID         string     `yaml:"article"`
	Duties     stringList `yaml:"duties"`
	NotVisible Text       `yaml:"not_visible"`
}

// loadArticles reads the articles and checks that each one that an implication
// names is there, once, with a duty, an indicator or a reason for their absence.
func (c *Catalogue) loadArticles(fsys fs.FS) error {
	found := findings{file: articlesFile}
	var err error
	if found.lines, err = readOptional(fsys, articlesFile, &c.Articles); err != nil || found.lines == nil {
		return err
	}
	listed := onlyOnce{}
	for i, a := range c.Articles {
		report := report(found.report).below(item("", i))
		listed.check(report, "article", a.ID)
		report = report.about("article " + a.ID)
		if len(c.NamedBy(a.ID)) == 0 {
			report("article", "named by no implication")
		}
		for j, id := range a.Duties {
			if _, ok := c.byID[id]; !ok {
				report(item("duties", j), "unknown duty %q", id)
			}
		}
		if (a.NotVisible.ES == "") != (a.NotVisible.EN == "") {
			report("not_visible", "not_visible is needed in Spanish and English")
		}
		if len(a.Duties)+len(c.IndicatorsOf(a.ID)) == 0 && a.NotVisible.ES == "" {
			report("article", "no duty and no indicator measures it; say in not_visible why")
		}
	}
	for _, i := range c.Implications {
		for _, id := range i.Articles {
			if !slices.ContainsFunc(c.Articles, func(a Article) bool { return a.ID == id }) {
				found.report("", "article %s, named by implication %s, is missing", id, i.ID)
			}
		}
	}
	return errors.Join(found.errs...)
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
