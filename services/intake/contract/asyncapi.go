package contract

import (
	"encoding/json"
	"fmt"

	"amparo/schemas/law"
)

// AsyncAPI describes the intake over NATS. subject is where requests go.
func AsyncAPI(cat *law.Catalogue, subject string) ([]byte, error) {
	examples, err := Examples(cat)
	if err != nil {
		return nil, fmt.Errorf("describe the intake: %w", err)
	}
	const base = "#/components/schemas/"
	payloads := make([]any, 0, len(examples))
	for _, e := range examples {
		payloads = append(payloads, object{"name": e.Type, "payload": e.Accepted})
	}
	return json.Marshal(object{
		"asyncapi": "3.0.0",
		"info": object{
			"title": "Amparo: recepción de eventos por NATS · intake over NATS", "version": cat.Label(),
			"description": both("Una solicitud (request) con un evento, un lote o líneas, hasta 1000 eventos y 1 MB; la respuesta dice qué fue de cada uno. Cada institución se conecta con su nkey, en una cuenta propia.",
				"A request with one event, a batch or lines, up to 1,000 events and 1 MB; the reply says what became of each. Each institution connects with its nkey, in an account of its own."),
			"license": object{"name": "Apache-2.0"},
		},
		"channels": object{
			"events": object{"address": subject, "messages": object{"events": object{"$ref": "#/components/messages/events"}}},
			"answer": object{"address": nil, "messages": object{
				"report": object{"$ref": "#/components/messages/report"}, "problem": object{"$ref": "#/components/messages/problem"},
			}},
		},
		"operations": object{"sendEvents": object{
			"action": "receive", "channel": object{"$ref": "#/channels/events"},
			"summary": "Enviar eventos · send events",
			"reply":   object{"address": object{"location": "$message.header#/replyTo"}, "channel": object{"$ref": "#/channels/answer"}},
		}},
		"components": object{
			"messages": object{
				"events": object{
					"contentType": "application/cloudevents+json",
					"payload":     object{"oneOf": []any{ref(base, "event"), ref(base, "batch")}}, "examples": payloads,
				},
				"report":  object{"contentType": "application/json", "payload": ref(base, "report")},
				"problem": object{"contentType": "application/problem+json", "payload": ref(base, "problem")},
			},
			"schemas": components(cat, base),
		},
	})
}
