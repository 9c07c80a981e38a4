package explain

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Sum is the SHA-256 of the explanation's canonical JSON (RFC 8785). It is the
// same in both languages and in every format, and on every machine: whoever has
// the same events and the same catalogue can draw the explanation again and
// compare.
func (x *Explanation) Sum() (string, error) {
	b, err := json.Marshal(x)
	if err != nil {
		return "", fmt.Errorf("encode the explanation of %s: %w", x.Subject, err)
	}
	v := jsontext.Value(b)
	if err := v.Canonicalize(); err != nil {
		return "", fmt.Errorf("bring the explanation of %s to canonical form: %w", x.Subject, err)
	}
	sum := sha256.Sum256(v)
	return hex.EncodeToString(sum[:]), nil
}

// JSON writes the explanation, in both languages, with its sum.
func (x *Explanation) JSON(out io.Writer) error {
	sum, err := x.Sum()
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Sum         string       `json:"sha256"`
		Explanation *Explanation `json:"explanation"`
	}{sum, x})
}
