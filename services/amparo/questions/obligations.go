package questions

import (
	"context"
	"errors"
	"time"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
	"amparo/services/amparo/command"
	"amparo/services/installation"
	"amparo/services/present"
)

// ObligationsCmd is amparo obligations.
type ObligationsCmd struct {
	command.Instants
	command.CivilDays
	command.Output
	Grouping string   `default:"natural" help:"Grouping of places into regions: natural or study."`
	Kind     []string `help:"Only these kinds: law, target, right."`
	Status   []string `help:"Only these statuses: open, met, late, missed, void, unclear."`
	Duty     []string `help:"Only these duties."`
	Case     []string `help:"Only these cases."`
	Region   []string `help:"Only these regions, by code or name."`
	Dept     []string `name:"department" help:"Only these departments, by code or name."`
}

// Run prints obligations, ordered by case, duty and instance.
func (c *ObligationsCmd) Run(ctx context.Context, g *command.Globals, streams *command.Streams) error {
	return c.Ask(ctx, g, streams, func(in *installation.Installation, q obligation.Query) error {
		wanted, err := c.filter(in.Catalogue, q.AsOf)
		if err != nil {
			return err
		}
		named, err := eventsOf(ctx, in, c.Case)
		if err != nil {
			return err
		}
		st, err := command.StandingOf(ctx, in, q)
		if err != nil {
			return err
		}
		return c.Rows(streams, in.Catalogue.Zone, st.Stamp, obligationColumns(), func(p *present.Printer) error {
			if err := st.Notes(p, in.Catalogue.Zone, time.Time{}, q.AsOf); err != nil {
				return err
			}
			for o, err := range obligationsOf(ctx, in, named, q) {
				if err != nil {
					return err
				}
				if !wanted(&o) {
					continue
				}
				if err := p.Row(obligationCells(&o, in.Catalogue, c.Grouping, q.AsOf)...); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// filter reads the filters, and refuses names that the catalogue does not have.
func (c *ObligationsCmd) filter(cat *law.Catalogue, asOf time.Time) (func(*obligation.Obligation) bool, error) {
	if err := command.CheckGrouping(cat, c.Grouping); err != nil {
		return nil, err
	}
	var errs [6]error
	var days func(time.Time) bool
	var kind, status, duty, region, department []string
	kind, errs[0] = command.Chosen("--kind", c.Kind, command.Kinds())
	status, errs[1] = command.Chosen("--status", c.Status, command.Statuses())
	duty, errs[2] = command.Chosen("--duty", c.Duty, command.DutyChoices(cat))
	region, errs[3] = command.Chosen("--region", c.Region, command.RegionChoices(cat, c.Grouping)[1:])
	department, errs[4] = command.Chosen("--department", c.Dept, command.DepartmentChoices(cat))
	days, errs[5] = c.Bounds(cat.Zone)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return func(o *obligation.Obligation) bool {
		return command.Among(kind, string(o.Kind)) && command.Among(duty, o.Duty) && days(o.DueAt) &&
			command.Among(status, string(o.Status(asOf))) && command.Among(department, cat.Places.Department(o.Place)) &&
			command.Among(region, cat.Places.Region(c.Grouping, o.Place))
	}, nil
}

// obligationColumns are the columns of obligations, those for programs as the
// library names them.
func obligationColumns() []present.Column {
	titles := map[string]law.Text{
		"case_id":          {ES: "caso", EN: "case"},
		"duty":             {ES: "deber", EN: "duty"},
		"regime":           {ES: "régimen", EN: "regime"},
		"instance":         {ES: "instancia", EN: "instance"},
		"kind":             {ES: "clase", EN: "kind"},
		"implication":      {ES: "implicancia", EN: "implication"},
		"institution_kind": {ES: "tipo de institución", EN: "kind of institution"},
		"institution":      {ES: "institución", EN: "institution"},
		"department":       {ES: "departamento", EN: "department"},
		"region":           {ES: "región", EN: "region"},
		"risk":             {ES: "riesgo", EN: "risk"},
		"started_at":       {ES: "empezó", EN: "started"},
		"due_at":           {ES: "vence", EN: "due"},
		"done_at":          {ES: "hecho", EN: "done"},
		"status":           {ES: "estado", EN: "status"},
		"as_of":            {ES: "al", EN: "as of"},
		"catalogue":        {ES: "catálogo", EN: "catalogue"},
	}
	var out []present.Column
	for _, name := range obligation.Columns() {
		out = append(out, present.Column{Name: name, Title: titles[name]})
	}
	return out
}

func obligationCells(o *obligation.Obligation, cat *law.Catalogue, grouping string, asOf time.Time) []present.Cell {
	status := string(o.Status(asOf))
	department, region := cat.Places.Department(o.Place), cat.Places.Region(grouping, o.Place)
	return []present.Cell{
		present.Text(o.CaseID), present.Text(o.Duty), present.Text(o.Regime), present.Text(o.Instance),
		present.Coded(string(o.Kind), present.Word("kind", string(o.Kind))), present.Text(o.Implication),
		catalogueWord(cat, o.InstitutionKind), present.Text(o.Institution), placeCell(cat, department), placeCell(cat, region),
		catalogueWord(cat, o.Risk), present.At(o.StartedAt), present.At(o.Due()), present.At(o.DoneAt),
		present.Coded(status, present.Word("status", status)), present.At(asOf), present.Text(cat.Label()),
	}
}

func catalogueWord(cat *law.Catalogue, code string) present.Cell {
	return present.Coded(code, present.CatalogueWord(cat, code))
}

func placeCell(cat *law.Catalogue, code string) present.Cell {
	if code == "" {
		return present.None
	}
	return present.Coded(code, present.Place(cat, code))
}
