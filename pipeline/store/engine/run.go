package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"time"
)

// request is one statement with what belongs to it.
type request struct {
	sql      string
	format   string // of the result, unless the statement names one
	database string
	settings []Setting
	params   []Setting // {name:Type} in the statement
	hold     int       // bytes of the result to hold back, so that an error can come before them

	rows       io.Reader // rows of an INSERT; nil for other statements
	rowsFormat string
	abort      func() // makes a read of rows return; nil if there is nothing to do
}

// answer is the result of a request. The body must be closed; a failure in the
// middle of it is an error of Read.
type answer struct {
	body                      io.ReadCloser
	rowsWritten, bytesWritten uint64
}

// run is one request under way.
type run struct {
	engine   *Engine
	req      *request
	tag      string    // in the session's log_comment, so that KILL QUERY finds it
	settings []Setting // of the session
	cancel   context.CancelCauseFunc
	out      *output

	finished                  chan struct{}
	rowsWritten, bytesWritten uint64
}

// errAbandoned is why a request ends whose reader went away.
var errAbandoned = errors.New("the reader closed the result")

// execute starts a request and returns when the first part of its result is
// there, when it failed, or when the context ends. The result is produced as
// it is read. Ending the context ends the statement.
func (e *Engine) execute(ctx context.Context, req *request) (*answer, error) {
	if err := e.acquire(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	reader, writer := io.Pipe()
	r := &run{
		engine: e, req: req, cancel: cancel, finished: make(chan struct{}),
		out: &output{pipe: writer, started: make(chan error, 1), room: req.hold},
	}
	if err := e.begin(r); err != nil {
		e.release()
		cancel(err)
		return nil, err
	}
	r.settings = r.session()
	go r.produce(ctx)
	if err := r.started(ctx); err != nil {
		return nil, err
	}
	return &answer{
		body:        &answerBody{PipeReader: reader, cancel: cancel},
		rowsWritten: r.rowsWritten, bytesWritten: r.bytesWritten,
	}, nil
}

// started waits for the first part of the result, for the failure, or for the
// end of the context. A statement that is over ends its own context, so what it
// came to goes before that.
func (r *run) started(ctx context.Context) error {
	select {
	case err := <-r.out.started:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-r.out.started:
		return err
	default:
		return context.Cause(ctx)
	}
}

// answerBody ends the statement when its reader has had enough.
type answerBody struct {
	*io.PipeReader
	cancel context.CancelCauseFunc
}

func (b *answerBody) Close() error {
	b.cancel(errAbandoned)
	return b.PipeReader.Close()
}

// produce runs the statement to its end, whatever its reader does.
func (r *run) produce(ctx context.Context) {
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		r.interrupt(ctx)
	})
	err := r.perform(ctx)
	close(r.finished)
	if !stop() {
		<-interrupted
		if err != nil {
			err = context.Cause(ctx)
		}
	}
	r.engine.release()
	r.out.finish(err)
	r.cancel(nil)
	r.engine.end(r)
}

func (r *run) perform(ctx context.Context) error {
	h := r.engine.openHandle()
	if h == nil {
		return newException(codeUnknown, "UNKNOWN_EXCEPTION", "the engine opened no session")
	}
	defer h.close()
	if err := h.use(r.req.database, r.settings); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if r.req.rows != nil {
		var err error
		r.rowsWritten, r.bytesWritten, err = h.insert(ctx, r.req)
		return err
	}
	if err := h.read(ctx, r.req, r.out); err != nil {
		return err
	}
	return r.out.flush()
}

// session returns the settings of the engine and the request, with the tag in
// log_comment.
func (r *run) session() []Setting {
	const comment = "log_comment"
	var settings []Setting
	for _, s := range slices.Concat(r.engine.settings, r.req.settings) {
		if s.Name == comment {
			r.tag = s.Value + " " + r.tag
			continue
		}
		settings = append(settings, s)
	}
	return append(settings, Setting{comment, r.tag})
}

const (
	killAfter = 20 * time.Millisecond
	killAgain = 100 * time.Millisecond
)

// interrupt makes perform return. Closing its pipes is enough where it moves
// data; where the engine computes, the statement is killed, and again, because
// the first time may come before the engine has begun it.
func (r *run) interrupt(ctx context.Context) {
	r.out.pipe.CloseWithError(context.Cause(ctx))
	if r.req.abort != nil {
		go r.req.abort()
	}
	timer := time.NewTimer(killAfter)
	defer timer.Stop()
	for {
		select {
		case <-r.finished:
			return
		case <-timer.C:
			r.kill()
			timer.Reset(killAgain)
		}
	}
}

func (r *run) kill() {
	h := r.engine.openHandle()
	if h == nil {
		return
	}
	defer h.close()
	if _, err := h.query("KILL QUERY WHERE Settings['log_comment'] = "+quoteText(r.tag)+" ASYNC", "Null"); err != nil {
		r.engine.log.Warn("statement not killed; it goes on in the background", "error", err)
	}
}

// output is where a statement's result goes. It holds back the first bytes if
// asked, so that a failure can still be told in place of the result.
type output struct {
	pipe    *io.PipeWriter
	started chan error // gets one value: nil before the first byte, or the failure
	begun   bool
	held    bytes.Buffer
	room    int
}

func (o *output) Write(p []byte) (int, error) {
	if o.room > 0 && o.held.Len()+len(p) <= o.room {
		return o.held.Write(p)
	}
	if err := o.flush(); err != nil {
		return 0, err
	}
	return o.pipe.Write(p)
}

// flush begins the result with what was held back.
func (o *output) flush() error {
	o.begin(nil)
	o.room = 0
	if o.held.Len() == 0 {
		return nil
	}
	_, err := o.pipe.Write(o.held.Bytes())
	o.held = bytes.Buffer{}
	return err
}

// finish ends the result; err may be nil.
func (o *output) finish(err error) {
	o.begin(err)
	o.pipe.CloseWithError(err)
}

func (o *output) begin(err error) {
	if !o.begun {
		o.begun = true
		o.started <- err
	}
}
