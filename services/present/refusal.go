package present

import (
	"regexp"
	"strings"
	"sync"

	"amparo/schemas/law"
)

// refusals are the sentences in which the door, a mapping, the senders and the sink say
// why they refuse, as they write them and in Spanish. Both have the same gaps in the
// same order. The English one is kept beside what is refused; the other is made when
// it is read.
var refusals = [][2]string{
	{"this is a field of the data: put it into data", "es un campo de los datos: póngalo en data"},
	{"not an attribute; did you mean %q?", "no es un atributo; ¿quiso decir %q?"},
	{"not an attribute of CloudEvents that is used here; remove it", "no es un atributo de CloudEvents que se use aquí; quítelo"},
	{"an extension attribute is text, a number or true or false; remove it", "un atributo de extensión es texto, número, true o false; quítelo"},
	{"something follows the array; send one array", "hay algo después del arreglo; envíe un solo arreglo"},
	{"the event has %d bytes, at most %d are accepted", "el evento tiene %d bytes; se aceptan %d como máximo"},
	{"the catalogue has no event type %q%s", "el catálogo no tiene el tipo de evento %q%s"},
	{"expected one JSON object, found another kind of value", "se esperaba un objeto JSON y hay otra clase de valor"},
	{"expected a JSON string", "se esperaba un texto JSON"},
	{"a name appears twice in one object", "un nombre aparece dos veces en un objeto"},
	{"invalid JSON at byte %d", "JSON no válido en el byte %d"},
	{"invalid JSON: the object ends too early", "JSON no válido: el objeto termina antes de tiempo"},
	{`add "specversion":"1.0"`, `agregue "specversion":"1.0"`},
	{"expected 1.0", "se esperaba 1.0"},
	{"expected application/json", "se esperaba application/json"},
	{"the attribute is required", "el atributo es obligatorio"},
	{"the value is shaped like %s; send a pseudonym", "el valor tiene forma de %s; envíe un seudónimo"},
	{"expected up to 64 letters, digits or . _ : - beginning with a letter or digit", "se esperaban hasta 64 letras, cifras o . _ : - que empiecen con letra o cifra"},
	{"a part is shaped like %s", "una parte tiene forma de %s"},
	{"expected a URI reference of at most %d characters without spaces", "se esperaba una referencia URI de hasta %d caracteres, sin espacios"},
	{"expected a JSON object", "se esperaba un objeto JSON"},
	{"a number is out of range", "un número está fuera de rango"},
	{"expected the source attribute of the event that is meant", "se esperaba el atributo source del evento al que se refiere"},
	{"the catalogue has no place %s; send the code of a district, province or department", "el catálogo no tiene el lugar %s; envíe el código de un distrito, una provincia o un departamento"},
	{"the value is shaped like %s; personal data is never stored", "el valor tiene forma de %s; los datos personales nunca se guardan"},
	{"the data does not fit the schema of %s", "los datos no responden al esquema de %s"},
	{"%s has no such field%s", "%s no tiene ese campo%s"},
	{"%s needs this field", "%s necesita este campo"},
	{"expected one of %s", "se esperaba uno de %s"},
	{"expected a code of the form %s; free text is not stored", "se esperaba un código de la forma %s; el texto libre no se guarda"},
	{"expected %s, found %s", "se esperaba %s, hay %s"},
	{"expected an RFC 3339 instant with zone", "se esperaba un momento RFC 3339 con zona"},
	{"the number is out of range", "el número está fuera de rango"},
	{"the value does not fit the schema of %s", "el valor no responde al esquema de %s"},
	{"the year is before %d", "el año es anterior a %d"},
	{"the event lies in the future; check the clock and the zone of the source", "el evento está en el futuro; revise el reloj y la zona de la fuente"},
	{"an event cannot be recorded before it happened", "un evento no puede registrarse antes de ocurrir"},
	{"the entry lies in the future; check the clock and the zone of the source", "el registro está en el futuro; revise el reloj y la zona de la fuente"},
	{"expected an RFC 3339 instant with zone, such as 2024-03-01T10:15:00-05:00", "se esperaba un momento RFC 3339 con zona, como 2024-03-01T10:15:00-05:00"},
	{"the year in UTC has more than four digits", "el año en UTC tiene más de cuatro cifras"},
	{"an event of this subject, source and id was accepted before with other content; the first one stays. Retract it and send the corrected fact as a new event",
		"ya se aceptó un evento de este subject, source e id con otro contenido; el primero queda. Retírelo y envíe el hecho corregido como evento nuevo"},
	{"case %s already has an event %s of %s with other content; the first one stays. Retract it and send the corrected fact as a new event",
		"el caso %s ya tiene un evento %s de %s con otro contenido; el primero queda. Retírelo y envíe el hecho corregido como evento nuevo"},
	{"the credential of %s does not speak for this source; send it with the credential of its owner", "la credencial de %s no habla por esta fuente; envíelo con la credencial de su dueño"},
	{"the credential of %s cannot take back what another source has sent", "la credencial de %s no puede retirar lo que envió otra fuente"},
	{"the credential of %s is for the departments %s", "la credencial de %s es para los departamentos %s"},
	{"the credential of %s is for the event types %s", "la credencial de %s es para los tipos de evento %s"},
	{"the cell of column %s is empty", "la celda de la columna %s está vacía"},
	{"the cell of column %s is not UTF-8; say format.encoding in the mapping", "la celda de la columna %s no está en UTF-8; indique format.encoding en el mapeo"},
	{"the row cannot be written as JSON", "la fila no puede escribirse como JSON"},
	{"the mapping does not know the activity in column %s; add it to type.values, or to skip", "el mapeo no conoce la actividad de la columna %s; agréguela a type.values o a skip"},
	{"the mapping does not know the value in column %s; add it to the values of the field", "el mapeo no conoce el valor de la columna %s; agréguelo a los values del campo"},
	{"the mapping does not know a value in column %s; add it to the values of the field", "el mapeo no conoce un valor de la columna %s; agréguelo a los values del campo"},
	{"the cell of column %s is empty; mark the field optional if it may be", "la celda de la columna %s está vacía; marque el campo como optional si puede estarlo"},
	{"column %s has no number such as 1234.5", "la columna %s no tiene un número como 1234.5"},
	{"column %s has neither true nor false; map its words with values", "la columna %s no tiene true ni false; traduzca sus palabras con values"},
	{"column %s has a day without an hour: add type: day, or a layout with an hour", "la columna %s tiene un día sin hora: agregue type: day, o una forma (layout) con hora"},
	{"column %s: %s", "columna %s: %s"},
	{"the text has no offset; give the mapping a zone such as America/Lima", "el texto no dice su zona; dé al mapeo una, como America/Lima"},
	{"the text fits no layout of the mapping", "el texto no responde a ninguna forma (layout) del mapeo"},
	{"dates of a workbook have no offset; give the mapping a zone such as America/Lima", "las fechas de un libro no dicen su zona; dé al mapeo una, como America/Lima"},
	{"the number is not a date", "el número no es una fecha"},
	{"the event has the attribute %s twice", "el evento tiene dos veces el atributo %s"},
	{"a quotation mark is out of place", "una comilla está fuera de lugar"},
	{"the row has %d cells and the header %d; quote cells that hold the separator", "la fila tiene %d celdas y la cabecera %d; ponga entre comillas las celdas que contienen el separador"},
	// What stands in a gap.
	{"an e-mail address", "una dirección de correo"},
	{"an identity document number", "un número de documento de identidad"},
	{"a tax or identity number", "un RUC o número de identidad"},
	{"a phone number", "un número de teléfono"},
	{"; did you mean %q?", "; ¿quiso decir %q?"},
	{"string", "texto"}, {"number", "número"}, {"integer", "número entero"}, {"boolean", "true o false"}, {"array", "lista"}, {"object", "objeto"}, {"null", "nada"},
}

// aRefusal is one of the sentences, ready to be recognised.
type aRefusal struct {
	is      *regexp.Regexp
	spanish string
}

var refusalForms = sync.OnceValue(func() []aRefusal {
	gap := regexp.MustCompile(`%[sdq]`)
	forms := make([]aRefusal, 0, len(refusals))
	for _, pair := range refusals {
		pattern := regexp.QuoteMeta(pair[0])
		for verb, what := range map[string]string{"%s": `(.*?)`, "%d": `(\d+)`, "%q": `("(?:[^"\\]|\\.)*")`} {
			pattern = strings.ReplaceAll(pattern, verb, what)
		}
		forms = append(forms, aRefusal{regexp.MustCompile(`^(?s:` + pattern + `)$`), gap.ReplaceAllString(pair[1], "\x00")})
	}
	return forms
})

// Refusal is why something was refused, for a reader. What is not one of our own
// sentences, such as the word of a database, reads as it is in both languages.
func Refusal(detail string) law.Text {
	for _, form := range refusalForms() {
		parts := form.is.FindStringSubmatch(detail)
		if parts == nil {
			continue
		}
		spanish := form.spanish
		for _, part := range parts[1:] {
			if part != detail {
				part = Refusal(part).ES
			}
			spanish = strings.Replace(spanish, "\x00", part, 1)
		}
		return law.Text{ES: spanish, EN: detail}
	}
	return law.Text{ES: detail, EN: detail}
}
