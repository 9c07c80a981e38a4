package stream

import natsserver "github.com/nats-io/nats-server/v2/server"

// InProcess lets a test connect a second client to a server that does not listen.
func InProcess(s *Server) *natsserver.Server { return s.nats }
