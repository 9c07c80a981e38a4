package stream_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"amparo/pipeline/stream"
)

// batchSizes are used in turn; one event goes plainly, the rest as atomic batches.
var batchSizes = []int{1, 7, 100, stream.MaxBatch}

// publishUntilKilled is the child: it publishes batches and prints the number of each once it is accepted.
func publishUntilKilled(dir string) error {
	server, err := stream.StartServer(stream.ServerConfig{Dir: dir})
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
		messages := make([]stream.Message, batchSizes[batch%len(batchSizes)])
		for i := range messages {
			messages[i] = stream.Message{Subject: "events.15.report.received", Data: fmt.Appendf(nil, "%d %d", batch, i)}
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
	kept := replay(t, open(t, stream.Config{Server: startServer(t, stream.ServerConfig{Dir: dir})}), 1, 0)
	counts := map[int]int{}
	for i, e := range kept {
		var batch, place int
		if _, err := fmt.Sscan(string(e.Data), &batch, &place); err != nil {
			t.Fatal(err)
		}
		if e.Seq != uint64(i+1) {
			t.Fatalf("sequence %d at place %d", e.Seq, i+1)
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
		if b.Last > uint64(len(kept)) {
			t.Errorf("batch %d was accepted at %d-%d and only %d events are there", b.number, b.First, b.Last, len(kept))
			continue
		}
		if got, want := string(kept[b.First-1].Data), fmt.Sprintf("%d 0", b.number); got != want {
			t.Errorf("accepted batch %d: at %d is %q", b.number, b.First, got)
		}
	}
}
