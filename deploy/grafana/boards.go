// Package grafana makes the dashboards as code: national desk, implications and
// causes, comparison of regions, health of the pipeline. Panels only read what Prometheus has; none
// asks for cases.
//
// The files in dashboards are what this package gives; its test writes them
// with -update.
package grafana

import (
	"encoding/json"
	"fmt"
)

// A Board is one dashboard.
type Board struct {
	UID, Title, Description string
	Variables               []variable
	Panels                  []panel
	// Changes of law of these duties are marked in every trend of the board.
	Changes string
}

// A variable is a choice at the top of a board, filled from a label's values.
type variable struct{ name, label, query string }

type kind string

const (
	stat   kind = "stat"
	lines  kind = "timeseries"
	table  kind = "table"
	bars   kind = "bargauge"
	height      = 8
)

// A panel shows queries. Units and decimals are written out, since Grafana does
// not know the formats of es-PE.
type panel struct {
	kind     kind
	title    string
	about    string
	width    int
	unit     string
	decimals int
	queries  []query
}

type query struct{ expr, legend string }

// blue stands out on light and dark ground, and is no verdict as red or green are.
const blue = "#0072B2"

// violet marks changes of law; no line of a trend has it.
const violet = "#CC79A7"

// allDuties stands for the changes of law of every duty.
const allDuties = ".*"

// Boards lists the dashboards.
func Boards() []Board { return []Board{nationalDesk(), implications(), comparison(), pipeline()} }

var (
	region     = variable{"region", "Región", `label_values(amparo_obligations, region)`}
	indicator  = variable{"indicator", "Indicador", `label_values(amparo_indicator, indicator)`}
	duty       = variable{"duty", "Deber", `label_values(amparo_obligations, duty)`}
	department = variable{"department", "Departamento", `label_values(amparo_department_obligations, department)`}
)

func nationalDesk() Board {
	return Board{
		UID: "amparo-national-desk", Title: "Amparo · Mesa nacional",
		Description: "Plazos de ley: qué vence, qué venció, quién no reporta. Deadlines of the law: what falls due, what is missed, who does not report.",
		Variables:   []variable{region, duty, department},
		Changes:     "$duty",
		Panels: []panel{
			{stat, "Deberes de protección vencidos", "Obligaciones vencidas sin cumplir de los deberes que protegen a la víctima.", 6, "none", 0,
				[]query{{`sum(amparo:severe_missed:count{department=~"$department"})`, "vencidas"}}},
			{stat, "Abiertas, aún en plazo", "Obligaciones abiertas que no han vencido.", 6, "none", 0,
				[]query{{`sum(amparo_obligations{status="open",region=~"$region",duty=~"$duty"})`, "abiertas"}}},
			{stat, "Próximo vencimiento", "Cuándo vence la próxima obligación abierta.", 6, "dateTimeAsLocal", 0,
				[]query{{`min(amparo_next_deadline_timestamp_seconds{region=~"$region",duty=~"$duty"}) * 1000`, "vence"}}},
			{stat, "Departamentos en silencio", "Departamentos que suelen reportar y no lo hacen. Sin datos no significa sin incumplimientos.", 6, "none", 0,
				[]query{{`count(ALERTS{alertname="DepartmentSilent"}) or vector(0)`, "en silencio"}}},
			{lines, "Vencidas sin cumplir, por región", "Con el pronóstico a 7 días si sigue como en los últimos 3.", 12, "none", 0, []query{
				{`sum by (region) (amparo_obligations{status="missed",region=~"$region",duty=~"$duty"})`, "{{region}}"},
				{`sum by (region) (amparo:missed:predict7d{region=~"$region",duty=~"$duty"})`, "{{region}}, en 7 días"},
			}},
			{lines, "Vencimientos esperados", "Estimación y límites, por región.", 12, "none", 0, []query{
				{`sum by (region, horizon, bound) (amparo_expected_missed{region=~"$region",duty=~"$duty"})`, "{{region}} {{horizon}} {{bound}}"},
			}},
			{table, "Proporción a tiempo, último mes cerrado", "Solo donde vencieron al menos 30. Nunca sin n.", 12, "percentunit", 0, []query{
				{`amparo:on_time:ratio{window="month",region=~"$region|nation",duty=~"$duty"}`, "a tiempo"},
				{`amparo_duty_on_time{window="month",part="denominator",region=~"$region|nation",duty=~"$duty"} >= 30`, "n"},
			}},
			{table, "Vencidas por departamento y deber", "Deberes que protegen a la víctima.", 12, "none", 0,
				[]query{{`amparo:severe_missed:count{department=~"$department",duty=~"$duty"} > 0`, "vencidas"}}},
			{table, "Quién reporta", "Eventos de 24 horas y lo usual en este día de la semana.", 12, "none", 0, []query{
				{`amparo_department_events_24h{department=~"$department"}`, "24 h"},
				{`amparo_department_usual_events{department=~"$department"}`, "usual"},
			}},
			{table, "Tipos de institución", "Eventos de 24 horas y lo usual en este día de la semana.", 12, "none", 0, []query{
				{`amparo_institution_kind_events_24h`, "24 h"},
				{`amparo_institution_kind_usual_events`, "usual"},
			}},
		},
	}
}

func implications() Board {
	const value = `sum without (part) (amparo_indicator{part="numerator",window="year",indicator=~"$indicator",region=~"$region|nation"})
/ (sum without (part) (amparo_indicator{part="denominator",window="year",indicator=~"$indicator",region=~"$region|nation"}) != 0)`
	return Board{
		UID: "amparo-implications", Title: "Amparo · Implicancias y causas",
		Description: "Los indicadores de las 16 implicancias y las señales de las 7 causas. Una señal sugiere una causa, no la prueba. Indicators of the 16 implications and signals of the 7 causes. A signal suggests a cause, it does not prove it.",
		Variables:   []variable{indicator, region},
		Changes:     allDuties,
		Panels: []panel{
			{lines, "Indicadores por región, doce meses", "Proporciones de 0 a 1; brechas en lo mismo; tiempos en su unidad. amparo law show dice qué cuenta cada uno y qué no ve.", 24, "none", 2,
				[]query{{value, "{{indicator}} {{region}}"}}},
			{table, "Valor y divisor, ahora", "En las proporciones el divisor es el número de casos. Donde no hay valor, la página de implicancias dice por qué.", 24, "none", 2, []query{
				{value, "valor"},
				{`amparo_indicator{part="denominator",window="year",indicator=~"$indicator",region=~"$region|nation"} != 0`, "divisor"},
			}},
			{stat, "Antigüedad de la cuenta", "Los indicadores leen todos los eventos y se cuentan con menos frecuencia que los plazos.", 24, "s", 0,
				[]query{{`time() - max(amparo_snapshot_timestamp_seconds)`, "edad"}}},
		},
	}
}

func comparison() Board {
	return Board{
		UID: "amparo-regions", Title: "Amparo · Sierra, Costa y Selva",
		Description: "Diferencias con su intervalo, no una tabla de posiciones. Differences with their interval, no league table.",
		Variables:   []variable{duty},
		Changes:     "$duty",
		Panels: []panel{
			{lines, "Diferencia entre regiones, con intervalo", "Si el intervalo incluye 0, los datos no muestran diferencia.", 24, "percentunit", 0,
				[]query{{`amparo_comparison_difference`, "{{pair}} {{indicator}} {{bound}}"}}},
			{lines, "Proporción a tiempo por región, doce meses", "Solo donde vencieron al menos 30.", 12, "percentunit", 0, []query{
				{`amparo:on_time:ratio{window="year",duty=~"$duty",region!="nation"}`, "{{region}} {{duty}}"},
				{`amparo:on_time_target:ratio`, "meta"},
			}},
			{lines, "Velocidad de incumplimiento", "1 gasta justo lo que la meta admite.", 12, "none", 1, []query{
				{`amparo:burn_rate:1d{duty=~"$duty",region!="nation"}`, "{{region}} {{duty}}, 1 día"},
				{`amparo:burn_rate:7d{duty=~"$duty",region!="nation"}`, "{{region}} {{duty}}, 7 días"},
			}},
			{bars, "n: vencidas en doce meses", "Cuántas obligaciones hay detrás de cada proporción.", 12, "none", 0,
				[]query{{`sum by (region) (amparo_duty_on_time{window="year",part="denominator",duty=~"$duty",region!="nation"})`, "{{region}}"}}},
			{table, "Vencida más antigua", "Desde cuándo espera el caso más antiguo de cada región.", 12, "dateTimeAsLocal", 0,
				[]query{{`amparo_oldest_missed_timestamp_seconds{duty=~"$duty"} * 1000`, "desde"}}},
		},
	}
}

func pipeline() Board {
	return Board{
		UID: "amparo-pipeline", Title: "Amparo · Salud de la tubería",
		Description: "Si esto falla, lo demás no dice nada. If this fails, the rest says nothing.",
		Changes:     allDuties,
		Panels: []panel{
			{stat, "Servicios que responden", "", 6, "none", 0, []query{{`sum(up{job=~"amparo.*"})`, "servicios"}}},
			{stat, "Antigüedad de los indicadores", "", 6, "s", 0, []query{{`time() - max(amparo_snapshot_timestamp_seconds)`, "edad"}}},
			{stat, "Pendientes de juzgar", "", 6, "none", 0, []query{{`sum(amparo_stream_pending_events)`, "eventos"}}},
			{stat, "Series de métricas", "El límite es 10 000.", 6, "none", 0, []query{{`sum(scrape_samples_scraped{job=~"amparo.*"})`, "series"}}},
			{lines, "Eventos por segundo", "", 12, "eps", 1, []query{
				{`sum by (result) (rate(amparo_intake_events_total[5m]))`, "entrada: {{result}}"},
				{`sum by (result) (rate(amparo_sink_events_total[5m]))`, "sumidero: {{result}}"},
			}},
			{lines, "Atraso del sumidero", "", 12, "s", 0, []query{
				{`(time() - amparo_stream_oldest_pending_timestamp_seconds) and on (job, instance) amparo_stream_pending_events > 0 or amparo_stream_pending_events * 0`, "{{instance}}"},
			}},
			{lines, "Rechazados por razón, en una hora", "", 12, "none", 0, []query{
				{`increase(amparo_intake_refused_total[1h])`, "{{reason}}"},
			}},
			{lines, "Fallas y reintentos, en una hora", "", 12, "none", 0, []query{
				{`increase(amparo_sink_retries_total[1h])`, "reintentos del sumidero"},
				{`increase(amparo_indicator_refresh_failures_total[1h])`, "cuentas fallidas"},
				{`increase(amparo_notifier_errors_total[1h])`, "errores del notificador"},
			}},
			{lines, "Duración de la cuenta", "", 12, "s", 2, []query{{`amparo_indicator_refresh_duration_seconds`, "{{instance}}"}}},
			{lines, "Avisos de plazos", "", 12, "none", 0, []query{{`sum by (kind) (increase(amparo_notifier_notices_total[1h]))`, "{{kind}}"}}},
			{lines, "Memoria", "", 12, "bytes", 0, []query{{`process_resident_memory_bytes{job=~"amparo.*"}`, "{{job}}"}}},
			{lines, "Alertas activas", "", 12, "none", 0, []query{{`count by (category, severity) (ALERTS{alertstate="firing"})`, "{{category}} {{severity}}"}}},
		},
	}
}

type object = map[string]any

// source is the data source that provisioning names.
var source = object{"type": "prometheus", "uid": "prometheus"}

// JSON is the board in Grafana's own format.
func (b Board) JSON() ([]byte, error) {
	panels, x, y := []object{}, 0, 0
	for i, p := range b.Panels {
		if x+p.width > 24 {
			x, y = 0, y+height
		}
		panels = append(panels, p.object(i+1, x, y))
		x += p.width
	}
	variables := []object{}
	for _, v := range b.Variables {
		variables = append(variables, object{
			"name": v.name, "label": v.label, "type": "query", "datasource": source, "query": v.query, "definition": v.query,
			"includeAll": true, "multi": true, "allValue": ".*", "refresh": 2, "sort": 1,
			"current": object{"text": "All", "value": "$__all"},
		})
	}
	annotations := []object{}
	if b.Changes != "" {
		annotations = append(annotations, lawChange(b.Changes))
	}
	out, err := json.MarshalIndent(object{
		"uid": b.UID, "title": b.Title, "description": b.Description, "tags": []string{"amparo"}, "editable": false,
		"schemaVersion": 39, "timezone": "America/Lima", "refresh": "1m", "time": object{"from": "now-7d", "to": "now"},
		"templating": object{"list": variables}, "annotations": object{"list": annotations}, "panels": panels,
	}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode dashboard %s: %w", b.UID, err)
	}
	return append(out, '\n'), nil
}

// lawChange marks when regimes of some duties began and ended. Grafana takes the
// value of the series for the instant, in milliseconds.
func lawChange(duties string) object {
	return object{
		"name": "Cambio de norma", "datasource": source, "enable": true, "iconColor": violet, "step": "60s",
		"expr":        `amparo_law_change_timestamp_seconds{duty=~"` + duties + `"} * 1000`,
		"titleFormat": "Cambio de norma", "textFormat": "{{duty}}: {{regime}} ({{change}})", "tagKeys": "change", "useValueForTime": true,
	}
}

func (p panel) object(id, x, y int) object {
	targets := []object{}
	for i, q := range p.queries {
		target := object{"refId": string(rune('A' + i)), "expr": q.expr, "legendFormat": q.legend, "datasource": source}
		if p.kind == table {
			target["instant"], target["format"] = true, "table"
		}
		targets = append(targets, target)
	}
	defaults := object{"unit": p.unit, "decimals": p.decimals}
	if p.kind != lines { // Lines are told apart by colour.
		defaults["color"] = object{"mode": "fixed", "fixedColor": blue}
	}
	out := object{
		"id": id, "type": p.kind, "title": p.title, "description": p.about, "datasource": source, "targets": targets,
		"gridPos":     object{"x": x, "y": y, "w": p.width, "h": height},
		"fieldConfig": object{"defaults": defaults, "overrides": []object{}},
	}
	if p.kind == table {
		out["transformations"] = []object{{"id": "merge", "options": object{}}}
	}
	return out
}
