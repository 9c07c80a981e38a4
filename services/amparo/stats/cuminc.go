package stats

import (
	"io"

	"amparo/pipeline/statistics"
	"amparo/services/amparo/command"
)

// CumInc is `amparo stats cuminc`.
type CumInc struct {
	File  string   `arg:"" name:"file.csv" help:"Archivo CSV. / CSV file."`
	Time  string   `required:"" placeholder:"COL" help:"Columna del tiempo. / Column of the time."`
	Event string   `required:"" placeholder:"COL" help:"Columna del evento: 0 censurado, 1 evento, 2 evento que compite. / Column of the event: 0 censored, 1 event, 2 competing event."`
	At    []string `required:"" placeholder:"T" help:"Instantes, separados por comas. / Instants, separated by commas."`
	presentation
}

// incidenceAt is the cumulative incidence at one instant, as JSON.
type incidenceAt struct {
	Time      float64             `json:"time"`
	Incidence statistics.Optional `json:"incidence"`
	StdError  statistics.Optional `json:"std_error"`
}

// Run prints the cumulative incidence at each instant, in the order given.
func (c *CumInc) Run(streams *command.Streams) error {
	at, err := c.Lang.timeArguments("--at", c.At)
	if err != nil {
		return err
	}
	data, err := c.readTimes(c.File, timeColumns{time: c.Time, event: c.Event, largestCode: 2}, streams)
	if err != nil {
		return err
	}
	tables, err := data.tables(1, func(int) int { return 0 })
	if err != nil {
		return err
	}
	curve, err := statistics.AalenJohansen(tables[0])
	if err != nil {
		return refused(err)
	}
	rows := make([]incidenceAt, len(at))
	for i, t := range at {
		e := curve.At(t)
		rows[i] = incidenceAt{Time: t, Incidence: e.Incidence, StdError: e.StdError}
	}
	result := struct {
		At []incidenceAt `json:"at"`
	}{rows}
	return c.write(streams, result, func(out io.Writer) {
		put(out, c.Lang.say("Tiempo\tIncidencia\tError est.\n", "Time\tIncidence\tStd. error\n"))
		for _, r := range rows {
			printf(out, "%.6g\t%s\t%s\n", r.Time, cell(r.Incidence), cell(r.StdError))
		}
	})
}
