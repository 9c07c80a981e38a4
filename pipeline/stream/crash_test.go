package stream_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"

	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
)

// batchSizes are used in turn, by events; one event goes plainly, the rest as atomic batches. Those of the sizes in
// frameSizes go as an event, a frame of all but two, and an event.
var (
	batchSizes = []int{1, 7, 300, 100, 1500, stream.MaxBatch}
	frameSizes = []int{300, 1500}
)

// childBatch makes a batch of the child.
func childBatch(s *stream.Stream, batch int) ([]stream.Message, error) {
	lines := make([][]byte, batchSizes[batch%len(batchSizes)])
	for i := range lines {
		lines[i] = fmt.Appendf(nil, "%d %d", batch, i)
	}
	var messages []stream.Message
	single := func(lines [][]byte) {
		for _, line := range lines {
			messages = append(messages, stream.Message{Subject: "events.15.report.received", Data: line})
		}
	}
	if !slices.Contains(frameSizes, len(lines)) {
		single(lines)
		return messages, nil
	}
	last := len(lines) - 1
	frame, err := s.NewFrame("15", "", lines[1:last])
	single(lines[:1])
	messages = append(messages, frame)
	single(lines[last:])
	return messages, err
}

// publishUntilKilled is the child: it publishes batches and prints the number of each once it is accepted.
func publishUntilKilled(dir string) error {
	server, err := host.Start(host.Config{Dir: dir})
	if err != nil {
		return err
	}
	ctx := context.Background()
	s, err := stream.Open(ctx, stream.Config{Server: server})
	if err != nil {
		return err
	}
	before, err := s.LastSeq(ctx)
	if err != nil {
		return err
	}
	for batch := int(before); ; batch++ {
		messages, err := childBatch(s, batch)
		if err != nil {
			return err
		}
		accepted, err := s.Publish(ctx, messages)
		if err != nil {
			return err
		}
		fmt.Println(batch, accepted.First, accepted.Last)
	}
}

type acceptedBatch struct {
	number int
	stream.Accepted
}

// killWhilePublishing runs the child until it has reported n batches, kills it, and returns all it reported.
func killWhilePublishing(t *testing.T, dir string, n int) []acceptedBatch {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var accepted []acceptedBatch
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var b acceptedBatch
		if _, err := fmt.Sscan(lines.Text(), &b.number, &b.First, &b.Last); err != nil {
			break // The kill cut the last line.
		}
		if accepted = append(accepted, b); len(accepted) == n {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	if len(accepted) < n {
		t.Fatalf("the child reported %d batches and died", len(accepted))
	}
	return accepted
}

func TestWhatWasAcceptedSurvivesAKillAndNoBatchIsHalfThere(t *testing.T) {
	dir := t.TempDir()
	var accepted []acceptedBatch
	for _, n := range []int{3, 9, 30} {
		accepted = append(accepted, killWhilePublishing(t, dir, n)...)
	}
	kept := replay(t, open(t, stream.Config{Server: startServer(t, host.Config{Dir: dir})}), 1, 0)
	counts, first := map[int]int{}, map[uint64]string{} // events by batch, the first of each message
	for i, e := range kept {
		var batch, place int
		if _, err := fmt.Sscan(string(e.Data), &batch, &place); err != nil {
			t.Fatal(err)
		}
		if i > 0 && (e.Seq > kept[i-1].Seq+1 || e.Seq == kept[i-1].Seq && e.Line != kept[i-1].Line+1) {
			t.Fatalf("event %d/%d comes behind %d/%d", e.Seq, e.Line, kept[i-1].Seq, kept[i-1].Line)
		}
		if _, seen := first[e.Seq]; !seen {
			first[e.Seq] = string(e.Data)
		}
		if place != counts[batch] {
			t.Fatalf("event %d of batch %d came after %d of its events", place, batch, counts[batch])
		}
		counts[batch]++
	}
	for batch, n := range counts {
		if want := batchSizes[batch%len(batchSizes)]; n != want {
			t.Errorf("batch %d has %d of its %d events", batch, n, want)
		}
	}
	for _, b := range accepted {
		if last := kept[len(kept)-1].Seq; b.Last > last {
			t.Errorf("batch %d was accepted at %d-%d and the last is %d", b.number, b.First, b.Last, last)
			continue
		}
		if got, want := first[b.First], fmt.Sprintf("%d 0", b.number); got != want {
			t.Errorf("accepted batch %d: at %d is %q", b.number, b.First, got)
		}
	}
}
