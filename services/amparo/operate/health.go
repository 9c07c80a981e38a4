package operate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"amparo/services/amparo/command"
)

// HealthCmd is amparo health.
type HealthCmd struct {
	URL string `arg:"" help:"Address of a service, such as http://127.0.0.1:8366."`
}

// Run asks a service whether it is there: a container without a shell has
// nothing else to ask with.
func (c HealthCmd) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/healthz", nil)
	if err != nil {
		return command.Invalid(fmt.Errorf("address of the service: %w", err))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask for health: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", c.URL, response.Status)
	}
	return errors.Join(err, response.Body.Close())
}
