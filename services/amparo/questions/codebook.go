package questions

import (
	"fmt"
	"slices"

	"amparo/schemas/law"
	"amparo/services/amparo/exchange"
	"amparo/services/present"
)

// A codebookEntry says what a column, or a field of an event, means.
type codebookEntry struct {
	table   string
	column  present.Column
	meaning law.Text
	values  []string
}

// A printedTable is a table that a command prints.
type printedTable struct {
	name    string
	columns []present.Column
}

func printedTables() []printedTable {
	return []printedTable{
		{"obligations", obligationColumns()},
		{"indicators", valueColumns()},
		{"indicators --duties", append(dutyColumns("risk"), present.Col("regime", "régimen", "regime"))},
		{"indicators --observations", observationColumns()},
		{"indicators --causes", causeColumns()},
		{"compare", comparisonColumns()},
		{"compare offices", officeColumns()},
		{"compare months", monthColumns()},
		{"warnings", warningColumns()},
		{"rejected list", exchange.RejectedColumns()},
		{"(all)", present.StampColumns()},
	}
}

// codebook lists the columns of all tables, then the fields of all events.
func codebook(cat *law.Catalogue) []codebookEntry {
	var out []codebookEntry
	for _, t := range printedTables() {
		for _, c := range t.columns {
			out = append(out, codebookEntry{t.name, c, meaningOf(t.name, c.Name), valuesOf(c.Name)})
		}
	}
	for _, name := range cat.Events.Names() {
		kind, _ := cat.Events.Type(name)
		for _, field := range kind.Fields() {
			word := present.CatalogueWord(cat, field)
			out = append(out, codebookEntry{
				"event " + name, present.Column{Name: field, Title: word},
				present.Say(fmt.Sprintf("%s: %s", kind.Title[present.Spanish], word.ES), fmt.Sprintf("%s: %s", kind.Title[present.English], word.EN)),
				kind.Values(field),
			})
		}
	}
	return out
}

// valuesOf are the codes of a column that has a family of them.
func valuesOf(column string) []string {
	family := map[string]string{
		"status": "status", "kind": "kind", "confidence": "confidence", "window": "window", "verdict": "verdict", "position": "position",
		"side": "side", "direction": "direction", "low_confidence": "low", "data": "data", "signals": "signal",
	}[column]
	return slices.DeleteFunc(present.Codes(family), func(code string) bool { return code == "" })
}

// meaningOf is what a column means: in a table of its own, else wherever it stands.
func meaningOf(table, column string) law.Text {
	if text, ok := meanings[table+"/"+column]; ok {
		return text
	}
	return meanings[column]
}

var meanings = map[string]law.Text{
	"case_id":          {ES: "Caso (o unidad de un registro), con el nombre que le dan sus hechos: un seudónimo.", EN: "Case (or unit of a register), as its events name it: a pseudonym."},
	"duty":             {ES: "Deber de la ley, por su id en el catálogo (amparo law list).", EN: "Duty of the law, by its id in the catalogue (amparo law list)."},
	"regime":           {ES: "Versión del deber que rige, por su id.", EN: "Version of the duty that applies, by its id."},
	"instance":         {ES: "Cuál de varias del caso: la medida, el incumplimiento o el periodo; - donde hay una sola.", EN: "Which of several in the case: the measure, the breach or the period; - where there is one."},
	"kind":             {ES: "En qué se apoya el plazo: la ley, una meta del proyecto o un derecho.", EN: "What the limit rests on: the law, a target of the project, or a right."},
	"implication":      {ES: "Implicancia del estudio a la que pertenece el deber.", EN: "Implication of the study that the duty belongs to."},
	"implications":     {ES: "Implicancias del estudio que el indicador mide.", EN: "Implications of the study that the indicator measures."},
	"causes":           {ES: "Causas del estudio de las que el indicador es señal.", EN: "Causes of the study of which the indicator is a signal."},
	"confidence":       {ES: "Cuán verificada está la norma.", EN: "How well the norm was verified."},
	"institution_kind": {ES: "Tipo de institución obligada.", EN: "Kind of the institution that owes the duty."},
	"institution":      {ES: "Institución obligada, por su código; vacío si no se conoce.", EN: "Institution that owes the duty, by its code; empty where it is not known."},
	"department":       {ES: "Departamento donde empezó (INEI, 2 dígitos).", EN: "Department where it began (INEI, 2 digits)."},
	"region":           {ES: "Región de la agrupación pedida, o nation para todo el país; con --department, el departamento.", EN: "Region of the grouping asked for, or nation for the whole country; with --department, the department."},
	"place":            {ES: "Departamento o región.", EN: "Department or region."},
	"risk":             {ES: "Nivel de riesgo conocido cuando empezó.", EN: "Level of risk known when it began."},
	"started_at":       {ES: "Cuándo empezó a correr el deber.", EN: "When the duty began to run."},
	"due_at":           {ES: "Cuándo vence el plazo.", EN: "When the limit falls due."},
	"done_at":          {ES: "Cuándo se hizo; vacío si no se hizo.", EN: "When it was done; empty where it was not."},
	"status":           {ES: "Cómo está en el momento de la pregunta.", EN: "Where it stands at the instant of the question."},
	"as_of":            {ES: "Momento de la pregunta: nada posterior cuenta.", EN: "Instant of the question: nothing later counts."},
	"known_at":         {ES: "Solo se usó lo registrado hasta entonces.", EN: "Only what was recorded by then was used."},
	"catalogue":        {ES: "Catálogo con el que se juzgó: id, versión y huella.", EN: "Catalogue under which it was judged: id, version and hash."},
	"other_catalogue":  {ES: "Catálogo con el que se compara: id, versión y huella.", EN: "Catalogue that it is compared with: id, version and hash."},
	"reported_until":   {ES: "Hasta cuándo registraron algo las fuentes de ese lugar: lo que venció después figura como incumplido sin que se sepa.", EN: "Until when the sources of that place wrote something down: what fell due later counts as missed though nobody knows."},
	"low_confidence":   {ES: "Si cuentan los regímenes de confianza baja.", EN: "Whether regimes of low confidence count."},
	"data":             {ES: "Si los datos son sintéticos, registrados o una mezcla.", EN: "Whether the data are synthetic, recorded or a mixture."},
	"grouping":         {ES: "Agrupación de lugares en regiones.", EN: "Grouping of places into regions."},
	"window":           {ES: "Tiempo que cubre, por fecha de vencimiento.", EN: "Time that is covered, by due date."},
	"indicator":        {ES: "Indicador, por su id (amparo law indicators).", EN: "Indicator, by its id (amparo law indicators)."},
	"numerator":        {ES: "Numerador que define el indicador.", EN: "Numerator that the indicator defines."},
	"denominator":      {ES: "Denominador que define el indicador.", EN: "Denominator that the indicator defines."},
	"n":                {ES: "Cuántos se contaron: a esto se pide el mínimo.", EN: "How many were counted: what the minimum is asked of."},
	"left_out":         {ES: "Cuántos quedaron fuera: aún no se puede saber, o nunca.", EN: "How many were left out: not yet to be told, or never."},
	"value":            {ES: "Valor; vacío si no lo hay.", EN: "Value; empty where there is none."},
	"low":              {ES: "Límite inferior del intervalo de 95%.", EN: "Lower limit of the 95% interval."},
	"high":             {ES: "Límite superior del intervalo de 95%.", EN: "Upper limit of the 95% interval."},
	"unit":             {ES: "Unidad del valor; las tasas y los puntos son fracciones de uno.", EN: "Unit of the value; shares and points are fractions of one."},
	"direction":        {ES: "Qué sentido es mejor.", EN: "Which way is better."},
	"source":           {ES: "De qué se cuenta.", EN: "What it is counted from."},
	"reason":           {ES: "Por qué no hay valor.", EN: "Why there is no value."},
	"title":            {ES: "Título, en el idioma pedido.", EN: "Title, in the language asked for."},
	"on_time":          {ES: "Obligaciones cumplidas en plazo.", EN: "Obligations met in time."},
	"due":              {ES: "Obligaciones vencidas: cumplidas en plazo, fuera de plazo e incumplidas.", EN: "Obligations that have fallen due: met in time, late and missed."},
	"share":            {ES: "Parte cumplida en plazo de las vencidas, fracción de uno; vacía con menos de 10.", EN: "Share met in time of those due, a fraction of one; empty below 10."},
	"open":             {ES: "Aún no vencidas ni cumplidas.", EN: "Neither due nor done yet."},
	"unclear":          {ES: "Los hechos no deciden.", EN: "The facts do not decide."},
	"void":             {ES: "Quedaron sin efecto mientras estaban abiertas.", EN: "Fell away while they were open."},
	"code":             {ES: "Código de lo observado.", EN: "Code of what was observed."},
	"count":            {ES: "Cuántas veces.", EN: "How often."},
	"cause":            {ES: "Causa posible de la brecha, por su id.", EN: "Possible cause of the gap, by its id."},
	"number":           {ES: "Número de la causa en el estudio.", EN: "Number of the cause in the study."},
	"strength":         {ES: "Cuánto hablan las señales por la causa; no la prueba.", EN: "How much the signals speak for the cause; it proves nothing."},
	"note":             {ES: "Advertencia para quien lee.", EN: "Caution for whoever reads."},
	"reads_as":         {ES: "Cómo se lee la causa.", EN: "How the cause reads."},
	"beyond":           {ES: "Señales más allá de su umbral, por su id.", EN: "Signals beyond their threshold, by their id."},
	"evidence":         {ES: "Cada señal con valor, umbral y n.", EN: "Each signal with value, threshold and n."},
	"observed_here":    {ES: "Veces que el personal de primera línea la nombró aquí.", EN: "Times that frontline workers named it here."},
	"topic":            {ES: "Deber o implicancia que se compara.", EN: "Duty or implication that is compared."},
	"difference":       {ES: "Diferencia A menos B a igual riesgo, fracción de uno.", EN: "Difference A less B at equal risk, a fraction of one."},
	"crude":            {ES: "Diferencia A menos B sin ajustar.", EN: "Difference A less B, not adjusted."},
	"margin":           {ES: "Margen acordado: diferencias menores no importan.", EN: "Margin agreed: smaller differences do not matter."},
	"family":           {ES: "Cuántas comparaciones se juzgaron en conjunto.", EN: "How many comparisons were judged together."},
	"offices":          {ES: "Oficinas entre las que se midió la dispersión.", EN: "Offices among which the scatter was measured."},
	"phi":              {ES: "Dispersión entre oficinas, en veces la del azar.", EN: "Scatter among offices, as a multiple of chance."},
	"verdict":          {ES: "Si son diferentes, equivalentes o no se sabe.", EN: "Whether they differ, are equivalent, or it is unknown."},
	"compare/reason":   {ES: "Por qué no se sabe.", EN: "Why it is unknown."},
	"more_needed":      {ES: "Cuántos casos más en el lado menor decidirían.", EN: "How many more cases on the smaller side would decide."},
	"sentence":         {ES: "Lo mismo en una frase, en el idioma pedido.", EN: "The same in a sentence, in the language asked for."},
	"a":                {ES: "Lado A.", EN: "Side A."},
	"b":                {ES: "Lado B.", EN: "Side B."},
	"office":           {ES: "Oficina, por su código. No es un orden de mérito.", EN: "Office, by its code. This is no ranking."},
	"position":         {ES: "Dónde está en el embudo.", EN: "Where it lies in the funnel."},
	"side":             {ES: "Por encima o por debajo del conjunto.", EN: "Above or below all together."},
	"month":            {ES: "Mes de vencimiento.", EN: "Month of the due dates."},
	"mean":             {ES: "Media de los meses.", EN: "Mean of the months."},
	"signals":          {ES: "Qué señales da el mes.", EN: "Which signals the month gives."},
	"new_regimes":      {ES: "Regímenes que entraron en vigor ese mes.", EN: "Regimes that came into force that month."},
	"fall_due":         {ES: "Abiertas que vencen dentro del tiempo pedido.", EN: "Open ones that fall due within the time asked for."},
	"expected_missed":  {ES: "Cuántas de ellas se espera que se incumplan.", EN: "How many of them are expected to be missed."},
	"unforeseen":       {ES: "Vencen, pero nada como ellas se observó tanto tiempo.", EN: "Fall due, but nothing like them was seen for as long."},
	"key":              {ES: "Clave con la que se lo muestra o repite.", EN: "Key by which it is shown or replayed."},
	"at":               {ES: "Cuándo se rechazó.", EN: "When it was rejected."},
	"field":            {ES: "Campo con el problema.", EN: "Field at fault."},
	"origin":           {ES: "Puerta, o archivo y línea.", EN: "Door, or file and line."},
	"masked":           {ES: "Si se guardó sin valores que pueden ser datos personales.", EN: "Whether it was kept without values that may be personal data."},
	"detail":           {ES: "Qué hay que corregir.", EN: "What has to be corrected."},

	"compare months/low":        {ES: "Límite inferior del gráfico de control.", EN: "Lower limit of the control chart."},
	"compare months/high":       {ES: "Límite superior del gráfico de control.", EN: "Upper limit of the control chart."},
	"warnings/low":              {ES: "El menor número que se espera, en 95 de 100 pronósticos.", EN: "The lowest number expected, in 95 of 100 forecasts."},
	"warnings/high":             {ES: "El mayor número que se espera, en 95 de 100 pronósticos.", EN: "The highest number expected, in 95 of 100 forecasts."},
	"rejected list/reason":      {ES: "Por qué se rechazó.", EN: "Why it was rejected."},
	"rejected list/source":      {ES: "Fuente que nombra el hecho, si se pudo leer.", EN: "Source that the event names, where it could be read."},
	"indicators --causes/title": {ES: "Título de la causa.", EN: "Title of the cause."},

	"signals_beyond":     {ES: "Señales más allá de su umbral.", EN: "Signals beyond their threshold."},
	"signals_with_value": {ES: "Señales que tienen valor.", EN: "Signals that have a value."},
	"found_by_study":     {ES: "Si el estudio encontró la causa.", EN: "Whether the study found the cause."},
	"study_participants": {ES: "Entrevistas del estudio que la nombran.", EN: "Interviews of the study that name it."},
	"study_interviews":   {ES: "Entrevistas del estudio en esa región.", EN: "Interviews of the study in that region."},
	"study_observations": {ES: "Veces que las entrevistas la nombran.", EN: "Times that the interviews name it."},
	"crude_low":          {ES: "Límite inferior de la diferencia sin ajustar.", EN: "Lower limit of the crude difference."},
	"crude_high":         {ES: "Límite superior de la diferencia sin ajustar.", EN: "Upper limit of the crude difference."},
	"family_low":         {ES: "Límite inferior con la confianza que piden todas juntas.", EN: "Lower limit at the confidence that all together ask for."},
	"family_high":        {ES: "Límite superior con la confianza que piden todas juntas.", EN: "Upper limit at the confidence that all together ask for."},
	"low95":              {ES: "Límite inferior de 95% del embudo.", EN: "Lower 95% limit of the funnel."},
	"high95":             {ES: "Límite superior de 95% del embudo.", EN: "Upper 95% limit of the funnel."},
	"low998":             {ES: "Límite inferior de 99.8% del embudo.", EN: "Lower 99.8% limit of the funnel."},
	"high998":            {ES: "Límite superior de 99.8% del embudo.", EN: "Upper 99.8% limit of the funnel."},
	"on_time_a":          {ES: "Cumplidas en plazo de A.", EN: "Met in time, side A."},
	"on_time_b":          {ES: "Cumplidas en plazo de B.", EN: "Met in time, side B."},
	"due_a":              {ES: "Vencidas de A.", EN: "Due, side A."},
	"due_b":              {ES: "Vencidas de B.", EN: "Due, side B."},
	"share_a":            {ES: "Tasa de A.", EN: "Rate, side A."},
	"share_b":            {ES: "Tasa de B.", EN: "Rate, side B."},
	"not_due_a":          {ES: "Aún no vencidas de A.", EN: "Not yet due, side A."},
	"not_due_b":          {ES: "Aún no vencidas de B.", EN: "Not yet due, side B."},
	"unclear_a":          {ES: "No determinables de A.", EN: "Unclear, side A."},
	"unclear_b":          {ES: "No determinables de B.", EN: "Unclear, side B."},
	"void_a":             {ES: "Sin efecto de A.", EN: "Void, side A."},
	"void_b":             {ES: "Sin efecto de B.", EN: "Void, side B."},
}
