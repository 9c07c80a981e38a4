// Package stats is the subcommand `amparo stats`: the estimators of pipeline/statistics on plain counts and plain CSV
// files, without any events, for researchers who bring their own data.
//
// Each command computes everything before it writes anything, so that input it refuses leaves standard output empty.
package stats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"amparo/pipeline/statistics"
	"amparo/services/amparo/command"
)

// Cmd are the commands under amparo stats.
type Cmd struct {
	Survival   Survival   `cmd:"" help:"Curvas de supervivencia y prueba log-rank. / Survival curves and log-rank test."`
	Proportion Proportion `cmd:"" help:"Proporción con su intervalo. / A share with its interval."`
	Difference Difference `cmd:"" help:"Diferencia de dos proporciones. / Difference of two shares."`
	Strata     Strata     `cmd:"" help:"Comparación ajustada por estratos. / Comparison adjusted for strata."`
	Funnel     Funnel     `cmd:"" help:"Límites de un gráfico de embudo. / Limits of a funnel plot."`
	Xmr        XmR        `cmd:"" name:"xmr" help:"Gráfico de control de una serie. / Control chart of a series."`
	Cuminc     CumInc     `cmd:"" name:"cuminc" help:"Incidencia acumulada con eventos que compiten. / Cumulative incidence with competing events."`
}

// InvalidInput says that the arguments or the file cannot be used. Its text names the argument, or the file, line and
// column.
type InvalidInput struct {
	Message string
}

// Error is the message.
func (e *InvalidInput) Error() string { return e.Message }

// Unwrap makes it an error of the user's.
func (*InvalidInput) Unwrap() error { return command.ErrInvalid }

// language of everything that people read.
type language string

func (l language) say(spanish, english string) string {
	if l == "en" {
		return english
	}
	return spanish
}

// invalid makes an InvalidInput from a format in either language; both take the same arguments.
func (l language) invalid(spanish, english string, args ...any) error {
	return &InvalidInput{Message: fmt.Sprintf(l.say(spanish, english), args...)}
}

// presentation holds the flags that every command has.
type presentation struct {
	Format string   `enum:"table,json" default:"table" help:"Salida: table o json. / Output: table or json."`
	Lang   language `enum:"es,en" default:"es" help:"Idioma: es o en. / Language: es or en."`
}

// write sends a result to standard output, as one JSON object or as the text that table makes.
func (p presentation) write(streams *command.Streams, result any, table func(io.Writer)) error {
	var out bytes.Buffer
	if p.Format == "json" {
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(result); err != nil {
			return fmt.Errorf("write the result as JSON: %w", err)
		}
	} else {
		aligned := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
		table(aligned)
		if err := aligned.Flush(); err != nil {
			return fmt.Errorf("align the table: %w", err)
		}
	}
	if _, err := streams.Out.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// warn writes a line for people that is not part of the result.
func (p presentation) warn(streams *command.Streams, spanish, english string, args ...any) {
	text := fmt.Sprintf(p.Lang.say(spanish, english), args...)
	// The result matters more than a warning that nobody can read.
	_, _ = fmt.Fprintf(streams.Err, "%s %s\n", p.Lang.say("aviso:", "warning:"), text)
}

// refused turns what the estimators refuse into invalid input, and leaves other errors alone.
func refused(err error) error {
	if errors.Is(err, statistics.ErrInvalid) {
		return &InvalidInput{Message: err.Error()}
	}
	return err
}

// testResult is a chi-squared test as JSON.
type testResult struct {
	ChiSquared float64 `json:"chisq"`
	DF         int     `json:"df"`
	P          float64 `json:"p"`
}

// optionalTest gives a test, or nil when the data do not define it.
func optionalTest(test statistics.Test, err error) (*testResult, error) {
	switch {
	case errors.Is(err, statistics.ErrUndefined):
		return nil, nil
	case err != nil:
		return nil, refused(err)
	}
	return &testResult{ChiSquared: test.ChiSquared, DF: test.DF, P: test.P}, nil
}

func (l language) testLine(out io.Writer, name string, test *testResult) {
	if test == nil {
		printf(out, l.say("%s: no se puede calcular\n", "%s: cannot be computed\n"), name)
		return
	}
	printf(out, l.say("%s: χ² = %.5g, gl = %d, p = %.4g\n", "%s: χ² = %.5g, df = %d, p = %.4g\n"),
		name, test.ChiSquared, test.DF, test.P)
}

// cell is a number in a table for people: six digits, or a dash where there is none.
func cell(v statistics.Optional) string {
	if !v.Exists {
		return "–"
	}
	return fmt.Sprintf("%.6g", v.Value)
}

func span(low, high statistics.Optional) string {
	if !low.Exists && !high.Exists {
		return "–"
	}
	return "[" + cell(low) + ", " + cell(high) + "]"
}

// printf writes to a buffer, which cannot fail.
func printf(out io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }

// put writes a text as it stands to a buffer.
func put(out io.Writer, text string) { _, _ = io.WriteString(out, text) }
