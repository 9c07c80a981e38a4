package contract

import (
	"encoding/json"
	"fmt"
	"strconv"

	"amparo/schemas/law"
)

// OpenAPI describes the intake over HTTP.
func OpenAPI(cat *law.Catalogue) ([]byte, error) {
	examples, err := Examples(cat)
	if err != nil {
		return nil, fmt.Errorf("describe the intake: %w", err)
	}
	const base = "#/components/schemas/"
	return json.Marshal(object{
		"openapi":           "3.1.0",
		"jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
		"info": object{
			"title": "Amparo: recepción de eventos · intake", "version": cat.Label(),
			"description": both("Recibe eventos CloudEvents 1.0. Nada se llama aceptado antes de estar en disco.",
				"Takes CloudEvents 1.0. Nothing is called accepted before it is on disk."),
			"license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":  []any{object{"url": "/"}},
		"security": []any{object{"token": []any{}}, object{"header": []any{}}, object{}},
		"paths": object{
			"/events":                    object{"post": postEvents(base, examples)},
			"/events/receipts/{receipt}": object{"get": getReceipt(base)},
		},
		"components": object{
			"schemas": components(cat, base),
			"securitySchemes": object{
				"token": object{"type": "http", "scheme": "bearer", "description": both("El token de la institución.", "The institution's token.")},
				"header": object{"type": "apiKey", "in": "header", "name": "Amparo-Token", "description": both(
					"El mismo token, donde Authorization lleva la contraseña del servidor.", "The same token, where Authorization has the server's password.")},
			},
		},
	})
}

func postEvents(base string, examples []Example) object {
	eventBody := object{"schema": ref(base, "event"), "examples": examplesOf(examples)}
	return object{
		"operationId": "sendEvents",
		"summary":     "Enviar eventos · send events",
		"description": both(
			"Un evento, un lote o líneas; también un evento en modo binario, con cabeceras ce- y sus datos como cuerpo. El cuerpo puede venir comprimido con gzip o zstd.",
			"One event, a batch or lines; also one event in binary mode, with ce- headers and its data as the body. The body may be packed with gzip or zstd."),
		"parameters": []any{object{
			"name": "dry-run", "in": "query", "allowEmptyValue": true, "schema": text(),
			"description": both("Solo dice qué pasaría; no toma nada.", "Only says what would become of them; takes nothing."),
		}},
		"requestBody": object{"required": true, "content": object{
			"application/cloudevents+json":       eventBody,
			"application/cloudevents-batch+json": object{"schema": ref(base, "batch")},
			"application/x-ndjson":               object{"schema": object{"type": "string", "description": both("Un evento por línea.", "One event a line.")}},
		}},
		"responses": responses(base, []int{200, 202, 207, 409, 422}, []int{400, 401, 405, 408, 413, 415, 429, 503, 507}, "report"),
	}
}

func getReceipt(base string) object {
	return object{
		"operationId": "fateOfEvent",
		"summary":     "Qué fue de un evento aceptado · what became of an accepted event",
		"parameters":  []any{object{"name": "receipt", "in": "path", "required": true, "schema": text()}},
		"responses":   responses(base, []int{200}, []int{401, 404, 405, 503}, "fate"),
	}
}

// Meanings are what each status of the intake means, in both languages.
func Meanings() map[int]law.Text {
	return map[int]law.Text{
		200: {ES: "La respuesta a una pregunta: no se tomó nada.", EN: "The answer to a question: nothing was taken."},
		202: {ES: "Todos los eventos están en disco, desde ahora o desde antes.", EN: "All events are on disk, from now or from before."},
		207: {ES: "Algunos están en disco, otros no: vea cada uno.", EN: "Some are on disk, others are not: look at each."},
		400: {ES: "No se pudo leer la solicitud hasta el final, no trae eventos o lleva un parámetro desconocido: no se tomó nada.", EN: "The request could not be read to its end, has no event, or a parameter that is not known: nothing was taken."},
		401: {ES: "Falta la credencial, no se conoce, venció o fue revocada.", EN: "The credential is missing, not known, expired or revoked."},
		404: {ES: "Aquí no existe ese comprobante.", EN: "There is no such receipt here."},
		405: {ES: "Use el método que dice Allow.", EN: "Use the method that Allow names."},
		408: {ES: "El cuerpo tardó demasiado.", EN: "The body took too long."},
		409: {ES: "Nada nuevo: su identidad ya tiene otro contenido.", EN: "Nothing new: its identity has other content already."},
		413: {ES: "Demasiado grande: no se tomó nada.", EN: "Too large: nothing was taken."},
		415: {ES: "Forma o compresión desconocida.", EN: "Unknown form or packing."},
		422: {ES: "Ningún evento es válido.", EN: "No event is valid."},
		429: {ES: "Demasiadas solicitudes grandes a la vez.", EN: "Too many large requests at a time."},
		503: {ES: "No se pudo guardar por ahora: reenvíe todo.", EN: "Nothing can be kept at the moment: send all again."},
		507: {ES: "Sin espacio: conserve los eventos y reenvíe todo más tarde.", EN: "No room: keep the events and send all again later."},
	}
}

func responses(base string, answered, problems []int, schema string) object {
	out := object{}
	for _, status := range answered {
		out[strconv.Itoa(status)] = response(status, "application/json", ref(base, schema))
	}
	for _, status := range problems {
		out[strconv.Itoa(status)] = response(status, "application/problem+json", ref(base, "problem"))
	}
	return out
}

func response(status int, media string, schema object) object {
	meaning := Meanings()[status]
	out := object{"description": both(meaning.ES, meaning.EN), "content": object{media: object{"schema": schema}}}
	switch status {
	case 429, 503, 507:
		out["headers"] = object{"Retry-After": object{"schema": count(), "description": "s"}}
	case 405:
		out["headers"] = object{"Allow": object{"schema": text()}}
	}
	return out
}
