package host

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
)

const (
	// lookForRoom is how often a server on a full disk looks whether there is room again.
	lookForRoom = 2 * time.Second
	// roomToGoOn is what must fit on the disk before the server is started again.
	roomToGoOn = 8 << 20
)

// InProcessConn connects this process to the server that runs, which is another one after a full disk.
func (s *Server) InProcessConn() (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nats.InProcessConn()
}

// keepAlive starts the server again when its disk was full and has room: after one write that failed, a file of NATS
// takes no other until it is opened anew. Clients reconnect by themselves, as after any loss of their server; what was
// confirmed before is on disk. It returns when stop is closed.
func (s *Server) keepAlive(stop <-chan struct{}) {
	ticker := time.NewTicker(lookForRoom)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
		}
		if !s.full.Load() || hasRoom(s.cfg.Dir) != nil {
			continue
		}
		if err := s.restart(stop); err != nil {
			s.cfg.Log.Error("the disk has room again, but the stream could not be opened: trying again", "error", err)
		}
	}
}

// restart puts a new server in place of the one that runs, on the same files and the same port.
func (s *Server) restart(stop <-chan struct{}) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-stop:
		return nil
	default:
	}
	shutDown(s.nats)
	s.full.Store(false) // What is full from here on is found full by the new one.
	next, err := run(s.cfg, s.cfg.Log, s.full)
	if err != nil {
		s.full.Store(true)
		return err
	}
	s.nats = next
	s.cfg.Log.Warn("the disk has room again: the stream was opened anew and accepts events")
	return nil
}

func shutDown(server *natsserver.Server) {
	server.Shutdown()
	server.WaitForShutdown()
}

// hasRoom tries to write. What the file system says is free is not always to be had: there are quotas, and files can
// run out before bytes do.
func hasRoom(dir string) error {
	path := filepath.Join(dir, "room")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("look for room: %w", err)
	}
	_, err = f.Write(make([]byte, roomToGoOn))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close(), os.Remove(path)); err != nil {
		return fmt.Errorf("look for room: %w", err)
	}
	return nil
}
