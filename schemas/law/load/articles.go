package load

import (
	"errors"
	"slices"

	"amparo/schemas/law"
	"amparo/schemas/law/source"
)

// loadArticles reads the articles and checks that each one that an implication
// names is there, once, with a duty, an indicator or a reason for their absence.
func (c *loader) loadArticles() error {
	found := source.Findings{File: articlesFile}
	var err error
	if found.Lines, err = c.readOptional(articlesFile, &c.Articles); err != nil || found.Lines == nil {
		return err
	}
	listed := onlyOnce{}
	for i, a := range c.Articles {
		report := source.Report(found.Report).Below(source.Item("", i))
		listed.check(report, "article", a.ID)
		report = report.About("article " + a.ID)
		if len(c.NamedBy(a.ID)) == 0 {
			report("article", "named by no implication")
		}
		for j, id := range a.Duties {
			if _, ok := c.Duty(id); !ok {
				report(source.Item("duties", j), "unknown duty %q", id)
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
			if !slices.ContainsFunc(c.Articles, func(a law.Article) bool { return a.ID == id }) {
				found.Report("", "article %s, named by implication %s, is missing", id, i.ID)
			}
		}
	}
	return errors.Join(found.Errs...)
}
