package exchange

import (
	"context"
	"fmt"

	"amparo/pipeline/importer"
	"amparo/pipeline/stream"
	"amparo/schemas/event"
	"amparo/services/amparo/command"
	"amparo/services/installation"
)

// reportLate tells of the events of this import that the sink rejected after
// they were accepted: those in conflict, in the main. Where there are any, the
// files are read once more to find their lines, which nobody keeps for the
// millions of events that come to no harm.
func reportLate(ctx context.Context, in *installation.Installation, marks map[string]*bookmark, m *importer.Mapping, streams *command.Streams) (int, error) {
	late := map[event.Digest]stream.Rejected{}
	for r, err := range in.Stream.RejectedEvents(ctx, stream.RejectedFilter{}) {
		if err != nil {
			return 0, err
		}
		for _, mark := range marks {
			if mark.covers(r.Seq) {
				late[event.DigestOf(r.Data)] = r
			}
		}
	}
	if len(late) == 0 {
		return 0, nil
	}
	n := 0
	for file, mark := range marks {
		found, err := findLate(ctx, in.Catalogue.Door(), file, mark, m, late, streams)
		if err != nil {
			return n, err
		}
		n += found
	}
	return n, nil
}

// findLate tells of those that are in one file.
func findLate(ctx context.Context, door *event.Door, file string, mark *bookmark, m *importer.Mapping, late map[event.Digest]stream.Rejected, streams *command.Streams) (int, error) {
	n := 0
	tell := func(place string, r stream.Rejected) {
		if mark.covers(r.Seq) {
			n++
			fmt.Fprintf(streams.Err, "%s: %s: %s\n", place, r.Reason, r.Detail)
		}
	}
	if file == "-" {
		// It cannot be read again; the detail names case, source and event.
		for _, r := range late {
			tell(file, r)
		}
		return n, nil
	}
	r, _, err := openInput(file)
	if err != nil {
		return 0, command.Invalid(err)
	}
	defer r.Close() //nolint:errcheck // Read only.
	for raw, err := range importer.Events(ctx, file, r, m) {
		if err != nil {
			if isRefusal(err) {
				continue
			}
			return n, command.Invalid(fmt.Errorf("%s: %w", file, err))
		}
		e, err := door.Decode(raw.Bytes, streams.Now())
		if err != nil {
			continue
		}
		canonical, err := e.Canonical()
		if err != nil {
			continue
		}
		if r, known := late[event.DigestOf(canonical)]; known {
			tell(fmt.Sprintf("%s:%d", file, raw.Line), r)
		}
	}
	return n, nil
}
