// Package installation opens one installation of Amparo: its catalogue, its
// stream and its store, in this process, in the process that owns the data
// folder, or on servers elsewhere.
//
// One process owns a data folder. It writes the addresses at which it serves
// NATS and ClickHouse on loopback to run.json; other commands use these while it
// runs, and otherwise open the folder themselves.
package installation

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"amparo/pipeline/store"
	"amparo/pipeline/store/engine"
	"amparo/pipeline/stream"
	"amparo/pipeline/stream/host"
	"amparo/schemas/law"
	"amparo/schemas/law/load"
	ley30364 "amparo/schemas/ley-30364"
)

// Options say where an installation is.
type Options struct {
	Dir          string // data folder
	CatalogueDir string // a catalogue in place of the one that ships
	NATS         string // address of a server in place of the one inside
	NATSToken    string
	NATSCreds    string // credentials file
	NATSCA       string
	SealKeyFile  string // the secret that intake and sinks on such a server share
	Replicas     int
	ClickHouse   string // DSN of a server in place of the engine inside
	Database     string
	EngineCache  string // where the engine's library is kept
	MaxMemory    uint64 // bytes a query may use
	MaxStore     int64  // bytes the stream may use; 0 for the server's own limit
	Serve        bool   // listen on loopback, for other processes
	Gate         Gate   // for senders, when this process runs NATS and serves it
	NeedStream   bool
	NeedStore    bool
	MustExist    bool // refuse a data folder that is no installation
	Now          func() time.Time
	Log          *slog.Logger
}

// A Gate is how senders reach the NATS server inside. The zero Gate lets none in.
type Gate struct {
	Admit host.Admit
	Host  string // where to listen; empty for loopback
	Port  int    // 0 for a free one
	TLS   *tls.Config
}

// An Installation is open until Close. Stream and Store are nil where they were
// not asked for.
type Installation struct {
	Catalogue *law.Catalogue
	Stream    *stream.Stream
	Store     *store.Store
	Server    *host.Server   // NATS inside, when this process runs it
	Engine    *engine.Engine // ClickHouse inside, when this process runs it
	Owner     bool           // this process owns the data folder
	Token     string         // guards what is served on loopback

	dir   string
	stops []stop
}

type stop struct {
	name  string
	close func() error
}

// ErrNoFolder means that no data folder was named.
var ErrNoFolder = errors.New("no data folder: give --data DIR or set AMPARO_DATA")

// LoadCatalogue loads the catalogue in a folder, or the one that ships.
func LoadCatalogue(dir string) (*law.Catalogue, error) {
	cat, _, err := CheckCatalogue(dir)
	return cat, err
}

// A checked catalogue, with the people whom it leaves without a regime.
type checked struct {
	*law.Catalogue
	unjudged []load.Unjudged
}

func check(files fs.FS) (checked, error) {
	cat, unjudged, err := load.Checked(files)
	return checked{cat, unjudged}, err
}

// shipped is the catalogue in the binary, which does not change.
var shipped = sync.OnceValues(func() (checked, error) { return check(ley30364.Files) })

// CheckCatalogue is LoadCatalogue with the people whom the catalogue leaves
// without a regime.
func CheckCatalogue(dir string) (*law.Catalogue, []load.Unjudged, error) {
	if dir == "" {
		c, err := shipped()
		if err != nil {
			return nil, nil, fmt.Errorf("load catalogue: %w", err)
		}
		return c.Catalogue, c.unjudged, nil
	}
	c, err := check(os.DirFS(dir))
	if err != nil {
		return nil, nil, fmt.Errorf("load catalogue %s: %w", dir, err)
	}
	return c.Catalogue, c.unjudged, nil
}

// Open opens an installation. What was opened before an error is closed again.
func Open(ctx context.Context, opt Options) (in *Installation, err error) {
	in = &Installation{dir: opt.Dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, in.Close())
			in = nil
		}
	}()
	var catalogue errgroup.Group // beside the servers: both take their time
	catalogue.Go(func() (err error) {
		in.Catalogue, err = LoadCatalogue(opt.CatalogueDir)
		return err
	})
	if opt.CatalogueDir != "" { // It may be wrong, and then nothing is opened.
		if err := catalogue.Wait(); err != nil {
			return in, err
		}
	}
	err = in.openServers(ctx, opt)
	return in, errors.Join(catalogue.Wait(), err)
}

func (in *Installation) openServers(ctx context.Context, opt Options) error {
	folder := opt // as it was asked for, before its owner's addresses are known
	embedded := opt.NeedStream && opt.NATS == "" || opt.NeedStore && opt.ClickHouse == ""
	if embedded {
		if err := in.own(&opt); err != nil {
			return err
		}
	}
	if opt.NeedStream {
		key, err := sealKey(folder)
		if err != nil {
			return err
		}
		if err := in.openStream(ctx, opt, key); err != nil {
			return err
		}
	}
	if opt.NeedStore {
		return in.openStore(ctx, opt)
	}
	return nil
}

// own takes the data folder, or learns from run.json where its owner serves it.
func (in *Installation) own(opt *Options) error {
	if opt.Dir == "" {
		return ErrNoFolder
	}
	if opt.MustExist {
		if err := mustBeInstallation(opt.Dir); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	lock := flock.New(filepath.Join(opt.Dir, "lock"))
	free, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock the data folder: %w", err)
	}
	if !free {
		return in.useOwner(opt)
	}
	in.Owner = true
	in.onStop("lock", lock.Unlock)
	if in.Token, err = keptToken(opt.Dir); err != nil {
		return err
	}
	return removeRunFile(opt.Dir)
}

// useOwner fills the addresses of the process that owns the folder.
func (in *Installation) useOwner(opt *Options) error {
	if opt.Serve {
		return fmt.Errorf("the data folder %s is in use by another process: stop it, or choose another folder with --data", opt.Dir)
	}
	run, err := readRunFile(opt.Dir)
	if err != nil {
		return fmt.Errorf("the data folder %s is in use by a process that does not serve it (an import, perhaps): wait for it to end, or choose another folder", opt.Dir)
	}
	if opt.NATS == "" {
		opt.NATS, opt.NATSToken = run.NATS, run.Token
	}
	if opt.ClickHouse == "" {
		opt.ClickHouse = run.ClickHouse
	}
	if opt.NeedStream && opt.NATS == "" {
		return fmt.Errorf("the process that owns %s serves ClickHouse alone (amparo engine): give the address of a NATS server with --nats", opt.Dir)
	}
	return nil
}

func (in *Installation) openStream(ctx context.Context, opt Options, sealKey []byte) error {
	cfg := stream.Config{
		URL: opt.NATS, Token: opt.NATSToken, CredentialsFile: opt.NATSCreds, CAFile: opt.NATSCA,
		Name: "amparo", Replicas: opt.Replicas, SealKey: sealKey, Log: opt.Log,
	}
	if opt.NATS == "" {
		server := host.Config{Dir: filepath.Join(opt.Dir, "nats"), Token: in.Token, MaxStore: opt.MaxStore, Log: opt.Log}
		if opt.Serve {
			server.Host, server.Port = cmp.Or(opt.Gate.Host, "127.0.0.1"), cmp.Or(opt.Gate.Port, -1)
			server.Senders, server.TLS = opt.Gate.Admit, opt.Gate.TLS
		}
		var err error
		if in.Server, err = host.Start(server); err != nil {
			return fmt.Errorf("start NATS: %w", err)
		}
		in.onStop("nats", in.Server.Close)
		cfg.Server = in.Server
	}
	var err error
	if in.Stream, err = stream.Open(ctx, cfg); err != nil {
		return fmt.Errorf("open the stream: %w", err)
	}
	in.onStop("stream", in.Stream.Close)
	return nil
}

func (in *Installation) openStore(ctx context.Context, opt Options) error {
	cfg := store.Config{DSN: opt.ClickHouse, Database: opt.Database, MaxMemory: opt.MaxMemory, Log: opt.Log}
	if opt.ClickHouse == "" {
		if err := in.startEngine(ctx, opt); err != nil {
			return err
		}
		cfg.Transport = in.Engine.Transport()
	}
	var err error
	if in.Store, err = store.Open(ctx, cfg, opt.Now); err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	in.onStop("store", in.Store.Close)
	return nil
}

// startEngine opens ClickHouse in the process. Its library is fetched once.
func (in *Installation) startEngine(ctx context.Context, opt Options) error {
	cache, err := EngineCache(opt.EngineCache)
	if err != nil {
		return err
	}
	library, err := engine.Locate(cache)
	if errors.Is(err, engine.ErrMissing) {
		opt.Log.Info("fetching the ClickHouse library, once (about 180 MB)", "into", cache)
		library, err = engine.Fetch(ctx, engine.FetchConfig{CacheDir: cache, Log: opt.Log})
	}
	if err != nil {
		return err
	}
	cfg := engine.Config{Library: library, Dir: filepath.Join(opt.Dir, "clickhouse"), Log: opt.Log}
	if opt.Log.Enabled(ctx, slog.LevelDebug) {
		cfg.LogFile = filepath.Join(opt.Dir, "clickhouse.log")
	}
	if in.Engine, err = engine.Open(cfg); err != nil {
		return err
	}
	in.onStop("engine", in.Engine.Close)
	return nil
}

// EngineCache is the folder of the engine's library: the one given, else one in
// the user's cache folder.
func EngineCache(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder for the ClickHouse library: set AMPARO_ENGINE_CACHE or HOME: %w", err)
	}
	return filepath.Join(cache, "amparo", "libchdb"), nil
}

func (in *Installation) onStop(name string, f func() error) {
	in.stops = append(in.stops, stop{name, f})
}

// Close closes what is open, the last opened first. It may be called twice.
func (in *Installation) Close() error {
	var errs []error
	for _, s := range slices.Backward(in.stops) {
		if err := s.close(); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", s.name, err))
		}
	}
	in.stops = nil
	return errors.Join(errs...)
}
