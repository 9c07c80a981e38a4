package intake

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// fromHeaders makes one event of a request in CloudEvents' binary mode: each
// header ce-name is an attribute, percent-encoded, Content-Type is that of the
// data, and the body is the data. What the door says of it, it says of the
// attributes.
func fromHeaders(h http.Header, body []byte) []byte {
	attributes := map[string]any{}
	for name, values := range h {
		if attribute, ok := strings.CutPrefix(strings.ToLower(name), "ce-"); ok {
			attributes[attribute] = unescaped(strings.Join(values, ","))
		}
	}
	if contentType := h.Get("Content-Type"); contentType != "" {
		attributes["datacontenttype"] = contentType
	}
	text, err := json.Marshal(attributes)
	if err != nil {
		return nil // Texts can always be written.
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return text
	}
	text = append(text[:len(text)-1], `,"data":`...)
	if !json.Valid(body) {
		return text // Cut short: the door says what is wrong, and nothing in the body can pass for an attribute.
	}
	return append(append(text, body...), '}')
}

// unescaped is a header's value without percent-encoding and quotation marks, as
// the HTTP binding of CloudEvents wants it; as it came where it is not so encoded.
func unescaped(value string) string {
	if quoted := len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"'; quoted {
		value = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(value[1 : len(value)-1])
	}
	if text, err := url.PathUnescape(value); err == nil {
		return text
	}
	return value
}
