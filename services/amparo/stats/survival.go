package stats

import (
	"io"
	"slices"

	"amparo/pipeline/statistics"
	"amparo/services/amparo/command"
)

// Survival is `amparo stats survival`.
type Survival struct {
	File   string   `arg:"" name:"file.csv" help:"Archivo CSV. / CSV file."`
	Time   string   `required:"" placeholder:"COL" help:"Columna del tiempo. / Column of the time."`
	Event  string   `required:"" placeholder:"COL" help:"Columna del evento: 0 censurado, 1 evento. / Column of the event: 0 censored, 1 event."`
	Entry  *string  `placeholder:"COL" help:"Columna de la entrada tardía. / Column of the late entry."`
	Group  *string  `placeholder:"COL" help:"Columna del grupo. / Column of the group."`
	Strata *string  `placeholder:"COL" help:"Columna del estrato, para la prueba log-rank. / Column of the stratum, for the log-rank test."`
	At     []string `placeholder:"T" help:"Instantes, separados por comas. / Instants, separated by commas."`
	RMST   *string  `name:"rmst" placeholder:"TAU" help:"Horizonte de la media restringida. / Horizon of the restricted mean."`
	presentation
}

// survivalResult is the outcome of the command, as JSON.
type survivalResult struct {
	Groups  []survivalGroup `json:"groups"`
	LogRank *testResult     `json:"logrank"`
}

// survivalGroup is one curve.
type survivalGroup struct {
	Group      string              `json:"group"`
	N          int64               `json:"n"`
	Events     int64               `json:"events"`
	Median     statistics.Optional `json:"median"`
	MedianLow  statistics.Optional `json:"median_low"`
	MedianHigh statistics.Optional `json:"median_high"`
	At         []survivalAt        `json:"at"`
	RMST       *restrictedMean     `json:"rmst"`
}

// survivalAt is a curve at one instant.
type survivalAt struct {
	Time     float64             `json:"time"`
	Survival statistics.Optional `json:"survival"`
	StdError statistics.Optional `json:"std_error"`
	Low      statistics.Optional `json:"low"`
	High     statistics.Optional `json:"high"`
}

// restrictedMean is an average time up to the horizon.
type restrictedMean struct {
	Value    float64 `json:"value"`
	StdError float64 `json:"std_error"`
}

// Run prints the curve of each group and the test between them.
func (c *Survival) Run(streams *command.Streams) error {
	at, err := c.Lang.timeArguments("--at", c.At)
	if err != nil {
		return err
	}
	var horizon statistics.Optional
	if c.RMST != nil {
		tau, err := c.Lang.timeArgument("--rmst", *c.RMST)
		if err != nil {
			return err
		}
		horizon = statistics.Some(tau)
	}
	wanted := timeColumns{time: c.Time, event: c.Event, entry: c.Entry, group: c.Group, stratum: c.Strata, largestCode: 1}
	data, err := c.readTimes(c.File, wanted, streams)
	if err != nil {
		return err
	}
	groups, err := data.tables(len(data.groups), func(i int) int { return data.group[i] })
	if err != nil {
		return err
	}
	result := survivalResult{Groups: []survivalGroup{}}
	for g, table := range groups {
		if table.Size() == 0 {
			continue // All its rows were left out.
		}
		group, err := describe(data.groups[g], table, at, horizon)
		if err != nil {
			return err
		}
		result.Groups = append(result.Groups, group)
	}
	if result.LogRank, err = data.logRank(groups); err != nil {
		return err
	}
	return c.write(streams, result, func(out io.Writer) { c.table(out, result) })
}

func describe(name string, table statistics.LifeTable, at []float64, horizon statistics.Optional) (survivalGroup, error) {
	curve, err := statistics.KaplanMeier(table, 0.95)
	if err != nil {
		return survivalGroup{}, refused(err)
	}
	median := curve.Median()
	group := survivalGroup{
		Group: name, N: curve.Size, Events: curve.Events,
		Median: median.Time, MedianLow: median.Low, MedianHigh: median.High,
		At: []survivalAt{},
	}
	for _, t := range at {
		e := curve.At(t)
		group.At = append(group.At, survivalAt{Time: t, Survival: e.Survival, StdError: e.StdError, Low: e.Low, High: e.High})
	}
	if horizon.Exists {
		mean, err := curve.RestrictedMean(horizon.Value)
		if err != nil {
			return survivalGroup{}, refused(err)
		}
		group.RMST = &restrictedMean{Value: mean.Value, StdError: mean.StdError}
	}
	return group, nil
}

// logRank compares the groups within strata. The tables of whole groups serve when there is one stratum only.
func (o *observations) logRank(groups []statistics.LifeTable) (*testResult, error) {
	n := len(o.groups)
	tables := groups
	if len(o.strata) > 1 {
		var err error
		tables, err = o.tables(n*len(o.strata), func(i int) int { return o.stratum[i]*n + o.group[i] })
		if err != nil {
			return nil, err
		}
	}
	var strata []statistics.Stratum
	for stratum := range slices.Chunk(tables, n) {
		strata = append(strata, stratum)
	}
	compared, err := statistics.LogRank(strata, 0)
	return optionalTest(compared.Test, err)
}

func (c *Survival) table(out io.Writer, result survivalResult) {
	put(out, c.Lang.say("Grupo\tn\tEventos\tMediana\tIC 95 %", "Group\tn\tEvents\tMedian\t95 % CI"))
	if c.RMST != nil {
		printf(out, c.Lang.say("\tMedia hasta %s\tError est.", "\tMean up to %s\tStd. error"), *c.RMST)
	}
	put(out, "\n")
	for _, g := range result.Groups {
		printf(out, "%s\t%d\t%d\t%s\t%s", g.Group, g.N, g.Events, cell(g.Median), span(g.MedianLow, g.MedianHigh))
		if g.RMST != nil {
			printf(out, "\t%.6g\t%.6g", g.RMST.Value, g.RMST.StdError)
		}
		put(out, "\n")
	}
	if len(c.At) > 0 {
		put(out, c.Lang.say("\nGrupo\tTiempo\tSupervivencia\tError est.\tIC 95 %\n", "\nGroup\tTime\tSurvival\tStd. error\t95 % CI\n"))
		for _, g := range result.Groups {
			for _, a := range g.At {
				printf(out, "%s\t%.6g\t%s\t%s\t%s\n", g.Group, a.Time, cell(a.Survival), cell(a.StdError), span(a.Low, a.High))
			}
		}
	}
	if c.Group != nil {
		put(out, "\n")
		c.Lang.testLine(out, "Log-rank", result.LogRank)
	}
}
