package law

import (
	"errors"
	"fmt"
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

const articlesFile = "articles.yaml"

// loadArticles reads the articles and checks that each one that an implication
// names is there, once, with a duty, an indicator or a reason for their absence.
func (c *Catalogue) loadArticles(fsys fs.FS) error {
	err := readYAML(fsys, articlesFile, &c.Articles)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	lines, err := pathLines(fsys, articlesFile)
	if err != nil {
		return err
	}
	var errs []error
	seen := map[string]bool{}
	for i, a := range c.Articles {
		report := func(format string, args ...any) {
			errs = append(errs, &FileError{File: articlesFile, Line: lines[fmt.Sprintf("[%d]", i)], Err: fmt.Errorf(format, args...)})
		}
		if seen[a.ID] {
			report("article %s is listed twice", a.ID)
		}
		seen[a.ID] = true
		if len(c.NamedBy(a.ID)) == 0 {
			report("article %q is named by no implication", a.ID)
		}
		if err := c.validateDuties(a.Duties); err != nil {
			report("article %s: %w", a.ID, err)
		}
		if (a.NotVisible.ES == "") != (a.NotVisible.EN == "") {
			report("article %s: not_visible is needed in Spanish and English", a.ID)
		}
		if len(a.Duties)+len(c.IndicatorsOf(a.ID)) == 0 && a.NotVisible.ES == "" {
			report("article %s: no duty and no indicator measures it; say in not_visible why", a.ID)
		}
	}
	for _, i := range c.Implications {
		for _, id := range i.Articles {
			if !seen[id] {
				errs = append(errs, &FileError{File: articlesFile, Err: fmt.Errorf("article %s, named by implication %s, is missing", id, i.ID)})
				seen[id] = true
			}
		}
	}
	return errors.Join(errs...)
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
