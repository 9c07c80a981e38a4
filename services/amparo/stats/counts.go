package stats

import (
	"io"

	"amparo/pipeline/statistics"
	"amparo/services/amparo/command"
)

// interval is an estimate with its limits, as JSON.
type interval struct {
	Estimate float64 `json:"estimate"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// writeInterval is the output of both commands below.
func (p presentation) writeInterval(streams *command.Streams, v statistics.Interval, level float64) error {
	result := interval{Estimate: v.Estimate + 0, Low: v.Low + 0, High: v.High + 0}
	return p.write(streams, result, func(out io.Writer) {
		printf(out, p.Lang.say("Estimación\tIC %.6g %%\n", "Estimate\t%.6g %% CI\n"), 100*level)
		printf(out, "%.6g\t%s\n", result.Estimate, span(statistics.Some(result.Low), statistics.Some(result.High)))
	})
}

func (l language) counts(nameK, textK, nameN, textN string) (k, n int64, err error) {
	if k, err = l.wholeArgument(nameK, textK); err != nil {
		return 0, 0, err
	}
	if n, err = l.wholeArgument(nameN, textN); err != nil {
		return 0, 0, err
	}
	switch {
	case n < 1:
		err = l.invalid("%s: %d, se necesita al menos 1", "%s: %d, at least 1 is needed", nameN, n)
	case k < 0:
		err = l.invalid("%s: %d es negativo", "%s: %d is negative", nameK, k)
	case k > n:
		err = l.invalid("%s: %d es mayor que %s: %d", "%s: %d is greater than %s: %d", nameK, k, nameN, n)
	}
	return k, n, err
}

// Proportion is `amparo stats proportion`.
type Proportion struct {
	K      string `arg:"" help:"Éxitos. / Successes."`
	N      string `arg:"" help:"Total."`
	Level  string `default:"0.95" help:"Nivel de confianza, entre 0 y 1. / Confidence level, between 0 and 1."`
	Method string `enum:"wilson,clopper-pearson" default:"wilson" help:"Método: ${enum}. / Method."`
	presentation
}

// Run prints the interval of a share.
func (c *Proportion) Run(streams *command.Streams) error {
	k, n, err := c.Lang.counts("K", c.K, "N", c.N)
	if err != nil {
		return err
	}
	level, err := c.Lang.shareArgument("--level", c.Level)
	if err != nil {
		return err
	}
	estimate := statistics.Wilson
	if c.Method == "clopper-pearson" {
		estimate = statistics.ClopperPearson
	}
	v, err := estimate(k, n, level)
	if err != nil {
		return refused(err)
	}
	return c.writeInterval(streams, v, level)
}

// Difference is `amparo stats difference`.
type Difference struct {
	K1    string `arg:"" name:"k1" help:"Éxitos del grupo 1. / Successes of group 1."`
	N1    string `arg:"" name:"n1" help:"Total del grupo 1. / Total of group 1."`
	K2    string `arg:"" name:"k2" help:"Éxitos del grupo 2. / Successes of group 2."`
	N2    string `arg:"" name:"n2" help:"Total del grupo 2. / Total of group 2."`
	Level string `default:"0.95" help:"Nivel de confianza, entre 0 y 1. / Confidence level, between 0 and 1."`
	presentation
}

// Run prints the interval of the difference of two shares.
func (c *Difference) Run(streams *command.Streams) error {
	k1, n1, err := c.Lang.counts("K1", c.K1, "N1", c.N1)
	if err != nil {
		return err
	}
	k2, n2, err := c.Lang.counts("K2", c.K2, "N2", c.N2)
	if err != nil {
		return err
	}
	level, err := c.Lang.shareArgument("--level", c.Level)
	if err != nil {
		return err
	}
	v, err := statistics.Newcombe(k1, n1, k2, n2, level)
	if err != nil {
		return refused(err)
	}
	return c.writeInterval(streams, v, level)
}

// Funnel is `amparo stats funnel`.
type Funnel struct {
	Target string   `required:"" help:"Proporción de referencia, entre 0 y 1. / Reference share, between 0 and 1."`
	N      []string `name:"n" required:"" help:"Tamaños, separados por comas. / Sizes, separated by commas."`
	presentation
}

// funnelRow is the limits for one size, as JSON.
type funnelRow struct {
	N       int64   `json:"n"`
	Low998  float64 `json:"low998"`
	Low95   float64 `json:"low95"`
	High95  float64 `json:"high95"`
	High998 float64 `json:"high998"`
}

// Run prints the funnel limits for each size, in the order given.
func (c *Funnel) Run(streams *command.Streams) error {
	target, err := c.Lang.shareArgument("--target", c.Target)
	if err != nil {
		return err
	}
	rows := make([]funnelRow, 0, len(c.N))
	for _, text := range c.N {
		n, err := c.Lang.wholeArgument("--n", text)
		if err != nil {
			return err
		}
		if n < 1 {
			return c.Lang.invalid("--n: %d, se necesita al menos 1", "--n: %d, at least 1 is needed", n)
		}
		limits, err := statistics.Funnel(target, n)
		if err != nil {
			return refused(err)
		}
		rows = append(rows, funnelRow(limits))
	}
	result := struct {
		Limits []funnelRow `json:"limits"`
	}{rows}
	return c.write(streams, result, func(out io.Writer) {
		put(out, c.Lang.say("n\tinferior 99.8 %\tinferior 95 %\tsuperior 95 %\tsuperior 99.8 %\n",
			"n\tlow 99.8 %\tlow 95 %\thigh 95 %\thigh 99.8 %\n"))
		for _, r := range rows {
			printf(out, "%d\t%.6g\t%.6g\t%.6g\t%.6g\n", r.N, r.Low998, r.Low95, r.High95, r.High998)
		}
	})
}
