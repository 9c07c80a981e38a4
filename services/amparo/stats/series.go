package stats

import (
	"fmt"
	"io"
	"path/filepath"

	"amparo/pipeline/statistics"
	"amparo/services/amparo/command"
)

// XmR is `amparo stats xmr`.
type XmR struct {
	File  string `arg:"" name:"file.csv" help:"Archivo CSV. / CSV file."`
	Value string `required:"" placeholder:"COL" help:"Columna de la serie. / Column of the series."`
	presentation
}

// chart is the control chart, as JSON.
type chart struct {
	Mean    float64       `json:"mean"`
	Low     float64       `json:"low"`
	High    float64       `json:"high"`
	Signals []chartSignal `json:"signals"`
}

// chartSignal is one signal, as JSON.
type chartSignal struct {
	Index int             `json:"index"`
	Rule  statistics.Rule `json:"rule"`
}

// Run prints the control chart of a series whose order is that of the rows.
func (c *XmR) Run(streams *command.Streams) error {
	source := &file{path: c.File, columns: []string{c.Value}, lang: c.Lang}
	var values []float64
	err := source.each(func(r row) error {
		if r.missing() {
			return r.invalid(0, "es una celda sin dato; una serie no puede tener huecos", "is a missing cell; a series must not have gaps")
		}
		v, err := r.number(0)
		values = append(values, v)
		return err
	})
	if err != nil {
		return err
	}
	if len(values) < 2 {
		return c.Lang.invalid("%s: la serie tiene %d valores, se necesitan al menos 2",
			"%s: the series has %d values, at least 2 are needed", filepath.Base(c.File), len(values))
	}
	found, err := statistics.XmR(values)
	if err != nil {
		return refused(err)
	}
	result := chart{Mean: found.Mean + 0, Low: found.Low + 0, High: found.High + 0, Signals: []chartSignal{}}
	for _, s := range found.Signals {
		result.Signals = append(result.Signals, chartSignal(s))
	}
	return c.write(streams, result, func(out io.Writer) {
		put(out, c.Lang.say("Media\tLímite inferior\tLímite superior\n", "Mean\tLower limit\tUpper limit\n"))
		printf(out, "%.6g\t%.6g\t%.6g\n\n", result.Mean, result.Low, result.High)
		if len(result.Signals) == 0 {
			put(out, c.Lang.say("Sin señales.\n", "No signals.\n"))
			return
		}
		put(out, c.Lang.say("Punto\tSeñal\n", "Point\tSignal\n"))
		for _, s := range result.Signals {
			printf(out, "%d\t%s\n", s.Index, c.Lang.rule(s.Rule))
		}
	})
}

func (l language) rule(r statistics.Rule) string {
	switch r {
	case statistics.OutsideLimits:
		return l.say("fuera de los límites", "outside the limits")
	case statistics.SevenOneSide:
		return l.say("siete o más del mismo lado de la media", "seven or more on one side of the mean")
	case statistics.SevenTrend:
		return l.say("siete o más que solo suben o solo bajan", "seven or more only rising or only falling")
	case statistics.TwoOfThree:
		return l.say("dos de tres cerca de un límite", "two of three near a limit")
	}
	return fmt.Sprint(r)
}
