package engine_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"amparo/pipeline/store/engine"
	"amparo/pipeline/store/engine/enginetest"
)

// The parts that a child process of a test can play.
const (
	insertForever = "insert"
	countRows     = "count"
	openOnly      = "open"
)

// child is the main function of a test's child process, which has an engine of
// its own. The library's path and the data folder come in one argument.
func child(part, argument string) int {
	library, dir, _ := strings.Cut(argument, "\n")
	e, err := engine.Open(engine.Config{Library: library, Dir: dir})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer e.Close()
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol:      clickhouse.HTTP,
		Settings:      clickhouse.Settings{"async_insert": 0},
		TransportFunc: func(*http.Transport) (http.RoundTripper, error) { return e.Transport(), nil },
	})
	if err == nil {
		err = play(part, conn)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

func play(part string, conn clickhouse.Conn) error {
	ctx := context.Background()
	switch part {
	case insertForever:
		err := conn.Exec(ctx, `CREATE TABLE default.log (batch UInt64, n UInt64) ENGINE = MergeTree ORDER BY (batch, n)
			SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`)
		for b := uint64(0); err == nil; b++ {
			var batch interface {
				Append(v ...any) error
				Send() error
			}
			if batch, err = conn.PrepareBatch(ctx, "INSERT INTO default.log (batch, n)"); err != nil {
				return err
			}
			for n := range uint64(1000) {
				if err := batch.Append(b, n); err != nil {
					return err
				}
			}
			if err = batch.Send(); err == nil {
				fmt.Println(b)
			}
		}
		return err
	case countRows:
		rows, err := conn.Query(ctx, "SELECT batch, count() FROM default.log GROUP BY batch ORDER BY batch")
		if err != nil {
			return err
		}
		for rows.Next() {
			var batch, n uint64
			if err := rows.Scan(&batch, &n); err != nil {
				return err
			}
			fmt.Println(batch, n)
		}
		return rows.Err()
	default:
		return conn.Ping(ctx)
	}
}

func childCommand(t *testing.T, part, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], enginetest.Library(t)+"\n"+dir)
	cmd.Env = append(os.Environ(), childVariable+"="+part)
	return cmd
}

func TestAcknowledgedInsertsSurviveAKill(t *testing.T) {
	dir := t.TempDir()
	cmd := childCommand(t, insertForever, dir)
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := -1
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if acknowledged, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal("the child says: ", lines.Text())
		}
		if acknowledged == 40 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	if acknowledged < 40 {
		t.Fatalf("the child got to batch %d only", acknowledged)
	}

	counted, err := childCommand(t, countRows, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("reopen: %v: %s", err, counted)
	}
	whole := 0
	for line := range strings.Lines(string(counted)) {
		if want := fmt.Sprintln(whole, 1000); line != want {
			t.Fatalf("batch %q, want %q", line, want)
		}
		whole++
	}
	if whole <= acknowledged {
		t.Errorf("%d batches on disk, and batch %d was acknowledged", whole, acknowledged)
	}
}

func TestOneProcessOwnsADataFolder(t *testing.T) {
	e := enginetest.Open(t)
	output, err := childCommand(t, openOnly, e.Dir()).CombinedOutput()
	if err == nil || !strings.Contains(string(output), engine.ErrInUse.Error()) {
		t.Errorf("another process: %v, %q; want %q", err, output, engine.ErrInUse)
	}
	if output, err := childCommand(t, openOnly, t.TempDir()).CombinedOutput(); err != nil {
		t.Errorf("another folder in another process: %v: %s", err, output)
	}
	library := enginetest.Library(t)
	if _, err := engine.Open(engine.Config{Library: library, Dir: e.Dir()}); !errors.Is(err, engine.ErrInUse) {
		t.Errorf("the same folder again: %v, want %v", err, engine.ErrInUse)
	}
	if _, err := engine.Open(engine.Config{Library: library, Dir: t.TempDir()}); !errors.Is(err, engine.ErrSecondFolder) {
		t.Errorf("a second folder: %v, want %v", err, engine.ErrSecondFolder)
	}
}

func TestDamagedLibraryIsNotLoaded(t *testing.T) {
	original := enginetest.Library(t)
	cache, err := enginetest.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	inCache, err := filepath.Rel(cache, original)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		damage func(library string) error
		want   error
	}{
		{"truncated", func(library string) error { return os.Truncate(library, 1<<20) }, engine.ErrCorrupt},
		{"one bit flipped", flipBit, engine.ErrCorrupt},
		{"no record", func(library string) error { return os.Remove(filepath.Join(filepath.Dir(library), "libchdb.json")) }, engine.ErrMissing},
		{"record cut short", func(library string) error {
			return os.Truncate(filepath.Join(filepath.Dir(library), "libchdb.json"), 10)
		}, engine.ErrCorrupt},
		{"gone", os.Remove, engine.ErrMissing},
	} {
		t.Run(test.name, func(t *testing.T) {
			cache := t.TempDir()
			library := filepath.Join(cache, inCache)
			if err := copyLibrary(original, library); err != nil {
				t.Fatal(err)
			}
			if err := engine.CheckLibrary(library); err != nil {
				t.Fatal("the copy:", err)
			}
			if err := test.damage(library); err != nil {
				t.Fatal(err)
			}
			if _, err := engine.Locate(cache); !errors.Is(err, test.want) {
				t.Errorf("Locate: %v, want %v", err, test.want)
			}
			_, err := engine.Open(engine.Config{Library: library, Dir: t.TempDir()})
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), "amparo engine fetch") {
				t.Errorf("Open: %v, want %v and what to do", err, test.want)
			}
		})
	}
}

func flipBit(library string) error {
	file, err := os.OpenFile(library, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	var b [1]byte
	if _, err := file.ReadAt(b[:], 300<<20); err != nil {
		return err
	}
	b[0] ^= 1
	_, err = file.WriteAt(b[:], 300<<20)
	return errors.Join(err, file.Close())
}

// copyLibrary copies the library with its record.
func copyLibrary(from, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return errors.Join(copyFile(from, to),
		copyFile(filepath.Join(filepath.Dir(from), "libchdb.json"), filepath.Join(filepath.Dir(to), "libchdb.json")))
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
