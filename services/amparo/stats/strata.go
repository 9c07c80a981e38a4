package stats

import (
	"io"
	"path/filepath"

	"amparo/pipeline/statistics"
	"amparo/services/amparo/command"
)

// Strata is `amparo stats strata`.
type Strata struct {
	File string `arg:"" name:"file.csv" help:"Archivo CSV con las columnas stratum, group, success y total. / CSV file with the columns stratum, group, success and total."`
	presentation
}

// strataResult is the stratified comparison, as JSON.
type strataResult struct {
	Crude struct {
		RD statistics.Optional `json:"rd"`
	} `json:"crude"`
	MH struct {
		RD     statistics.Optional `json:"rd"`
		RDSE   statistics.Optional `json:"rd_se"`
		RR     statistics.Optional `json:"rr"`
		OR     statistics.Optional `json:"or"`
		ORLow  statistics.Optional `json:"or_low"`
		ORHigh statistics.Optional `json:"or_high"`
	} `json:"mh"`
	CMH        *cmhResult  `json:"cmh"`
	BreslowDay *testResult `json:"breslow_day"`
}

// cmhResult is the Cochran-Mantel-Haenszel test, which always has one degree of freedom.
type cmhResult struct {
	ChiSquared float64 `json:"chisq"`
	P          float64 `json:"p"`
}

// Run prints crude and adjusted comparisons of the two groups of a file.
func (c *Strata) Run(streams *command.Streams) error {
	tables, groups, err := c.read(streams)
	if err != nil {
		return err
	}
	pooled, err := statistics.MantelHaenszel(tables, 0.95)
	if err != nil {
		return refused(err)
	}
	var result strataResult
	result.Crude.RD = statistics.CrudeRiskDifference(tables)
	result.MH.RD, result.MH.RDSE = pooled.RiskDifference, pooled.RiskDifferenceError
	result.MH.RR = pooled.RiskRatio
	result.MH.OR, result.MH.ORLow, result.MH.ORHigh = pooled.OddsRatio, pooled.OddsRatioLow, pooled.OddsRatioHigh
	cmh, err := optionalTest(statistics.CochranMantelHaenszel(tables))
	if err != nil {
		return err
	}
	if cmh != nil {
		result.CMH = &cmhResult{ChiSquared: cmh.ChiSquared, P: cmh.P}
	}
	if result.BreslowDay, err = optionalTest(statistics.BreslowDay(tables)); err != nil {
		return err
	}
	return c.write(streams, result, func(out io.Writer) {
		printf(out, c.Lang.say("Grupo 1: %s, grupo 2: %s\n\n", "Group 1: %s, group 2: %s\n\n"), groups[0], groups[1])
		printf(out, c.Lang.say("Diferencia sin ajustar\t%s\n", "Crude difference\t%s\n"), cell(result.Crude.RD))
		printf(out, c.Lang.say("Diferencia ajustada\t%s\terror est. %s\n", "Adjusted difference\t%s\tstd. error %s\n"),
			cell(result.MH.RD), cell(result.MH.RDSE))
		printf(out, c.Lang.say("Razón de proporciones\t%s\n", "Risk ratio\t%s\n"), cell(result.MH.RR))
		printf(out, c.Lang.say("Razón de momios\t%s\tIC 95 %% %s\n\n", "Odds ratio\t%s\t95 %% CI %s\n\n"),
			cell(result.MH.OR), span(result.MH.ORLow, result.MH.ORHigh))
		c.Lang.testLine(out, "Cochran-Mantel-Haenszel", cmh)
		c.Lang.testLine(out, "Breslow-Day", result.BreslowDay)
	})
}

// The columns of a file of strata.
const (
	columnStratum = iota
	columnGroup
	columnSuccess
	columnTotal
)

// read gathers one table for each stratum. A row with a total of 0 is as good as absent.
func (c *Strata) read(streams *command.Streams) (tables []statistics.Table, groups []string, err error) {
	source := &file{path: c.File, columns: []string{"stratum", "group", "success", "total"}, lang: c.Lang}
	stratumAt := map[string]int{}
	seen := map[[2]string]bool{}
	groupAt := map[string]int{}
	missing := 0
	err = source.each(func(r row) error {
		if r.missing() {
			missing++
			return nil
		}
		stratum, group, success, total, err := strataRow(r)
		if err != nil || total == 0 {
			return err
		}
		if seen[[2]string{stratum, group}] {
			return r.invalid(columnGroup, "aparece dos veces en el mismo estrato", "appears twice in the same stratum")
		}
		seen[[2]string{stratum, group}] = true
		g, known := groupAt[group]
		if !known {
			if g = len(groups); g == 2 {
				return r.invalid(columnGroup, "es un tercer grupo; se comparan exactamente dos", "is a third group; exactly two are compared")
			}
			groupAt[group] = g
			groups = append(groups, group)
		}
		s, known := stratumAt[stratum]
		if !known {
			s = len(tables)
			stratumAt[stratum] = s
			tables = append(tables, statistics.Table{})
		}
		if g == 0 {
			tables[s].Successes1, tables[s].Total1 = success, total
		} else {
			tables[s].Successes2, tables[s].Total2 = success, total
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if len(groups) == 0 {
		return nil, nil, source.noRows()
	}
	if len(groups) == 1 {
		return nil, nil, c.Lang.invalid("%s: solo hay el grupo %q; se comparan exactamente dos",
			"%s: there is only the group %q; exactly two are compared", filepath.Base(c.File), groups[0])
	}
	c.leftOut(streams, missing)
	return tables, groups, nil
}

func strataRow(r row) (stratum, group string, success, total int64, err error) {
	if stratum, err = r.label(columnStratum); err != nil {
		return "", "", 0, 0, err
	}
	if group, err = r.label(columnGroup); err != nil {
		return "", "", 0, 0, err
	}
	if success, err = r.count(columnSuccess); err != nil {
		return "", "", 0, 0, err
	}
	if total, err = r.count(columnTotal); err != nil {
		return "", "", 0, 0, err
	}
	if success > total {
		return "", "", 0, 0, r.invalid(columnSuccess, "es mayor que el total", "is greater than the total")
	}
	return stratum, group, success, total, nil
}

func (p presentation) leftOut(streams *command.Streams, rows int) {
	if rows > 0 {
		p.warn(streams, "filas excluidas por tener una celda sin dato: %d", "rows left out because of a missing cell: %d", rows)
	}
}
