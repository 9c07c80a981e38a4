package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"amparo/pipeline/stream/host"
)

const (
	eventsStream   = "EVENTS"
	rejectedStream = "REJECTED"
	noticesStream  = "NOTICES"
)

const (
	// lowestMajor and lowestMinor name the oldest supported server: atomic batches came with 2.12, resetting a consumer
	// to what it has acknowledged with 2.14.
	lowestMajor, lowestMinor = 2, 14

	// headerRoom is what NATS may add to a message of the largest size.
	headerRoom = 4 << 10
	// NoticeWindow is how long the server remembers the id of a notice.
	NoticeWindow = 10 * time.Minute
	// rejectedWindow covers a sink that crashed after it rejected an event and before it acknowledged it.
	rejectedWindow = 10 * time.Minute
	// noWindow is the smallest window a server takes. Events carry no message ids: inside its window the server would
	// confirm a message with a known id and other content, and drop it.
	noWindow = 100 * time.Millisecond
)

// settings are the three streams, with every setting that matters written down: a new default of the server changes
// nothing here.
func settings(cfg Config) []jetstream.StreamConfig {
	events := base(cfg, eventsStream, "events.>", "Every accepted event, for ever.")
	events.MaxMsgSize = MaxMessageBytes + headerRoom
	events.Duplicates = noWindow
	if cfg.MaxBytes > 0 {
		events.MaxBytes = cfg.MaxBytes
	}
	// The record of events is immutable: neither this program nor an operator's slip can take one out.
	events.DenyDelete = true
	events.DenyPurge = true

	rejected := base(cfg, rejectedStream, "rejected.>", "What could not be accepted, with the reason.")
	rejected.MaxMsgSize = host.MaxPayload - headerRoom
	rejected.Duplicates = rejectedWindow

	notices := base(cfg, noticesStream, "notices.>", "What was announced about obligations.")
	notices.MaxMsgSize = MaxMessageBytes + headerRoom
	notices.Duplicates = NoticeWindow
	return []jetstream.StreamConfig{events, rejected, notices}
}

func base(cfg Config, name, subject, description string) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:                 name,
		Description:          description,
		Subjects:             []string{subject},
		Retention:            jetstream.LimitsPolicy, // With no age and no count limit: kept, whoever has read it.
		MaxConsumers:         -1,
		MaxMsgs:              -1,
		MaxBytes:             -1,
		MaxAge:               0,
		MaxMsgsPerSubject:    -1,
		Discard:              jetstream.DiscardNew, // A full stream refuses the new and keeps the old.
		DiscardNewPerSubject: false,
		Storage:              jetstream.FileStorage,
		Replicas:             max(1, cfg.Replicas),
		NoAck:                false,
		Sealed:               false,
		DenyDelete:           false,
		DenyPurge:            false,
		AllowRollup:          false,
		Compression:          jetstream.NoCompression, // Sized and measured without; a damaged block stays legible.
		AllowDirect:          false,                   // Reads go to the leader, so that they see the latest write.
		MirrorDirect:         false,
		AllowMsgTTL:          false,
		AllowMsgCounter:      false,
		AllowAtomicPublish:   true,
		AllowMsgSchedules:    false,
		AllowBatchPublish:    false,
		PersistMode:          jetstream.DefaultPersistMode, // Not "async", which confirms before it writes.
	}
}

// ensureStream creates the stream, or corrects one that exists.
func ensureStream(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig, log *slog.Logger) error {
	existing, err := js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		created, err := js.CreateStream(ctx, want)
		if err != nil {
			return wrap(ctx, "create stream "+want.Name, err)
		}
		return confirm(want, created.CachedInfo().Config)
	}
	if err != nil {
		return wrap(ctx, "look up stream "+want.Name, err)
	}
	info := existing.CachedInfo()
	changes := differences(want, info.Config)
	if len(changes) == 0 {
		return nil
	}
	if err := refuseLoss(want, info, changes); err != nil {
		return err
	}
	updated, err := js.UpdateStream(ctx, want)
	if err != nil {
		return fmt.Errorf("%w: stream %s has other settings and the server will not change them (%s): %w", ErrIncompatible, want.Name, list(changes), wrap(ctx, "update it", err))
	}
	log.Warn("stream settings corrected", "stream", want.Name, "changes", list(changes))
	return confirm(want, updated.CachedInfo().Config)
}

// confirm makes sure that the server has taken every setting; one it does not know is dropped without a word.
func confirm(want, have jetstream.StreamConfig) error {
	if changes := differences(want, have); len(changes) > 0 {
		return fmt.Errorf("%w: the server did not take every setting of stream %s (%s)", ErrIncompatible, want.Name, list(changes))
	}
	return nil
}

// difference is one setting, by its name in the JetStream API, as it is and as it should be.
type difference struct {
	setting    string
	have, want any
}

// differences compares all settings, those of future servers included, by their names in the JetStream API.
func differences[C any](want, have C) []difference {
	a, b := plain(want), plain(have)
	var out []difference
	for name := range a {
		if !reflect.DeepEqual(a[name], b[name]) {
			out = append(out, difference{name, b[name], a[name]})
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			out = append(out, difference{name, b[name], nil})
		}
	}
	slices.SortFunc(out, func(x, y difference) int { return strings.Compare(x.setting, y.setting) })
	return out
}

// plain turns settings into a map without what says nothing: zero values, and the notes a server keeps about itself.
func plain(settings any) map[string]any {
	bytes, err := json.Marshal(settings)
	if err != nil {
		return map[string]any{"unreadable": err.Error()}
	}
	var out map[string]any
	if err := json.Unmarshal(bytes, &out); err != nil {
		return map[string]any{"unreadable": err.Error()}
	}
	if notes, ok := out["metadata"].(map[string]any); ok {
		for key := range notes {
			if strings.HasPrefix(key, "_nats.") {
				delete(notes, key)
			}
		}
	}
	for name, value := range out {
		empty, isMap := value.(map[string]any)
		if value == nil || value == false || value == "" || value == 0.0 || (isMap && len(empty) == 0) {
			delete(out, name)
		}
	}
	return out
}

func list(changes []difference) string {
	shown := make([]string, len(changes))
	for i, c := range changes {
		shown[i] = fmt.Sprintf("%s is %v, should be %v", c.setting, value(c.have), value(c.want))
	}
	return strings.Join(shown, "; ")
}

func value(v any) any {
	if v == nil {
		return "not set"
	}
	return v
}

// irreversible settings were chosen by somebody else for another purpose: changing them would lose messages, copies or
// a protection, or the server does not allow it.
var irreversible = []string{
	"storage", "retention", "subjects", "mirror", "sources", "subject_transform", "republish", "sealed", "deny_delete", "deny_purge",
	"persist_mode", "allow_msg_counter", "allow_msg_schedules", "allow_msg_ttl", "num_replicas", "placement",
}

// refuseLoss decides whether the changes would lose anything.
func refuseLoss(want jetstream.StreamConfig, info *jetstream.StreamInfo, changes []difference) error {
	var refused []difference
	for _, c := range changes {
		switch {
		case c.setting == "num_replicas" && want.Replicas > info.Config.Replicas,
			// A protection can be added.
			(c.setting == "deny_delete" || c.setting == "deny_purge") && c.want == true,
			// The wanted subject holds all of those of a narrower stream.
			c.setting == "subjects" && covers(want.Subjects[0], info.Config.Subjects):
		case slices.Contains(irreversible, c.setting),
			c.setting == "max_bytes" && want.MaxBytes > 0 && uint64(want.MaxBytes) < info.State.Bytes:
			refused = append(refused, c)
		}
	}
	if len(refused) == 0 {
		return nil
	}
	return fmt.Errorf("%w: stream %s exists and correcting it would lose something (%s): change the configuration, or move that stream aside with the nats tool", ErrIncompatible, want.Name, list(refused))
}

func covers(wildcard string, subjects []string) bool {
	prefix := strings.TrimSuffix(wildcard, ">")
	return !slices.ContainsFunc(subjects, func(s string) bool { return !strings.HasPrefix(s, prefix) })
}

// checkVersion refuses a server that lacks what this package relies on.
func checkVersion(version string) error {
	major, minor, ok := parseVersion(version)
	if ok && (major > lowestMajor || (major == lowestMajor && minor >= lowestMinor)) {
		return nil
	}
	return fmt.Errorf("%w: it is %q, the lowest supported version is %d.%d: upgrade it", ErrServerTooOld, version, lowestMajor, lowestMinor)
}

func parseVersion(version string) (major, minor int, ok bool) {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 3 {
		return 0, 0, false
	}
	major, errMajor := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(parts[1])
	return major, minor, errMajor == nil && errMinor == nil
}
