package intake

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"amparo/pipeline/stream"
	"amparo/schemas/event"
)

// A parcel is one message with the events in it: one, or those of a frame.
type parcel struct {
	message stream.Message
	events  []int
	framed  bool
}

// frameLeast is from how many events of one department on they are worth a
// frame. Fewer go one by one: a message of its own costs little then, and
// everything that reads the stream can read it.
const frameLeast = 16

// publish flushes the events of some requests to disk, in atomic batches. done
// is told the sequence of each, and whether it is alone in its message. Of several with one identity the first comes
// first. Only what came together goes into one frame: single events stay single.
func (in *Intake) publish(ctx context.Context, requests [][]*checked, done func(i int, seq uint64, alone bool)) error {
	events := slices.Concat(requests...)
	var parcels []parcel
	from := 0
	for _, r := range requests {
		packed, err := in.pack(events, from, from+len(r))
		if err != nil {
			return err
		}
		parcels, from = append(parcels, packed...), from+len(r)
	}
	return in.send(ctx, parcels, done)
}

// send flushes messages to disk.
func (in *Intake) send(ctx context.Context, parcels []parcel, done func(i int, seq uint64, alone bool)) error {
	for len(parcels) > 0 {
		n := batchSize(parcels)
		messages := make([]stream.Message, n)
		count := 0
		for i := range messages {
			messages[i] = parcels[i].message
			count += len(parcels[i].events)
		}
		accepted, err := in.to.Publish(ctx, messages)
		if err != nil {
			return fmt.Errorf("publish %d events: %w", count, err)
		}
		for i, p := range parcels[:n] {
			for _, k := range p.events {
				done(k, accepted.First+uint64(i), !p.framed)
			}
		}
		parcels = parcels[n:]
		in.last.Set(float64(in.now().Unix()))
	}
	return nil
}

// batchSize is how many messages fit into one atomic batch.
func batchSize(parcels []parcel) int {
	n, bytes := 0, 0
	for n < len(parcels) && n < stream.MaxBatch {
		bytes += parcels[n].message.Size()
		if n > 0 && bytes > stream.MaxBatchBytes {
			break
		}
		n++
	}
	return n
}

// pack puts some of the events into messages: those of a department that come in
// numbers into frames, the others into one each.
func (in *Intake) pack(events []*checked, from, to int) ([]parcel, error) {
	if to-from < frameLeast { // As nearly every request is.
		parcels := make([]parcel, 0, to-from)
		for ; from < to; from++ {
			parcels = append(parcels, single(events, from))
		}
		return parcels, nil
	}
	var parcels []parcel
	for from < to {
		end := unmixed(events[:to], from)
		loads, singles := load(events, from, end)
		framed, err := in.frames(events, loads)
		if err != nil {
			return nil, err
		}
		part := append(framed, singles...)
		slices.SortFunc(part, func(a, b parcel) int { return a.events[0] - b.events[0] })
		parcels, from = append(parcels, part...), end
	}
	return parcels, nil
}

// unmixed is the end of the events, beginning with one of them, in which no
// identity occurs in two departments. Frames bring the order of departments into
// disorder; of two contents of one identity the first must stay the first.
func unmixed(events []*checked, from int) int {
	if len(events)-from < frameLeast {
		return len(events)
	}
	departments := make(map[event.Identity]string, len(events)-from)
	for i := from; i < len(events); i++ {
		before, seen := departments[events[i].identity]
		if seen && before != events[i].department {
			return i
		}
		departments[events[i].identity] = events[i].department
	}
	return len(events)
}

// load sorts events into the loads of frames and those that go alone.
func load(events []*checked, from, to int) (loads [][]int, singles []parcel) {
	places := map[string]int{}
	var groups [][]int
	for i := from; i < to; i++ {
		at, known := places[events[i].department]
		if !known {
			at = len(groups)
			places[events[i].department], groups = at, append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	for _, group := range groups {
		if len(group) < frameLeast {
			for _, i := range group {
				singles = append(singles, single(events, i))
			}
			continue
		}
		size, first := 0, 0
		for n, i := range group {
			if size += len(events[i].message.Data) + 1; size > stream.FrameBytes || n-first == stream.FrameEvents {
				loads = append(loads, group[first:n])
				size, first = len(events[i].message.Data)+1, n
			}
		}
		loads = append(loads, group[first:])
	}
	return loads, singles
}

func single(events []*checked, i int) parcel {
	return parcel{message: events[i].message, events: []int{i}}
}

// frames packs loads, on all processors.
func (in *Intake) frames(events []*checked, loads [][]int) ([]parcel, error) {
	packed, errs := make([][]parcel, len(loads)), make([]error, len(loads))
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(loads))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(loads); i += workers {
				packed[i], errs[i] = in.frame(events, loads[i])
			}
		})
	}
	wg.Wait()
	return slices.Concat(packed...), errors.Join(errs...)
}

// frame packs one load; what turns out too large for a message becomes two.
func (in *Intake) frame(events []*checked, load []int) ([]parcel, error) {
	if len(load) == 1 {
		return []parcel{single(events, load[0])}, nil
	}
	lines := make([][]byte, len(load))
	for n, i := range load {
		lines[n] = events[i].message.Data
	}
	message, err := in.to.NewFrame(events[load[0]].department, in.cat.Label(), lines)
	if errors.Is(err, stream.ErrTooLarge) {
		half := len(load) / 2
		first, err := in.frame(events, load[:half])
		if err != nil {
			return nil, err
		}
		second, err := in.frame(events, load[half:])
		return append(first, second...), err
	}
	if err != nil {
		return nil, fmt.Errorf("pack %d events: %w", len(load), err)
	}
	return []parcel{{message, load, true}}, nil
}
