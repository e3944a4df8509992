package main

import (
	"context"
	"encoding/json"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// pollInterval is how often a call that hangs looks whether its fault was taken away.
const pollInterval = 100 * time.Millisecond

// fault is what the file of faults says about one call: wait for some seconds, then answer with a code unless it is 0 (OK).
// It holds for requests whose JSON contains match, on the node of that name if there is one.
type fault struct {
	Code    codes.Code `json:"code"`
	Message string     `json:"message"`
	Seconds float64    `json:"seconds"`
	Match   string     `json:"match"`
	Node    string     `json:"node"`
}

// call is one line of the log: what was asked, and how it ended.
type call struct {
	At      time.Time       `json:"at"`
	Node    string          `json:"node,omitempty"`
	Method  string          `json:"method"`
	Code    string          `json:"code"`
	Message string          `json:"message,omitempty"`
	Request json.RawMessage `json:"request"`
}

// journal writes every call to standard error as a line of JSON, and applies the faults.
type journal struct {
	faults, node string
	mu           sync.Mutex
}

func (j *journal) intercept(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	method := path.Base(info.FullMethod)
	body, err := json.Marshal(request)
	if err != nil {
		return nil, status.Error(codes.Internal, err.Error())
	}
	var answer any
	if err = j.suffer(ctx, method, body); err == nil {
		answer, err = next(ctx, request)
	}
	if method != "Probe" {
		j.write(call{At: time.Now().UTC(), Node: j.node, Method: method, Code: status.Code(err).String(), Message: status.Convert(err).Message(), Request: body})
	}
	return answer, err
}

// suffer applies the fault of a method, if there is one: it waits as long as the fault stands and its time is not over.
func (j *journal) suffer(ctx context.Context, method string, body []byte) error {
	started := time.Now()
	for {
		f, ok := j.standing(method, body)
		if !ok {
			return nil
		}
		left := time.Duration(f.Seconds*float64(time.Second)) - time.Since(started)
		if left <= 0 {
			if f.Code == codes.OK {
				return nil
			}
			return status.Error(f.Code, f.Message)
		}
		select {
		case <-ctx.Done():
			return status.FromContextError(ctx.Err()).Err()
		case <-time.After(min(left, pollInterval)):
		}
	}
}

// standing reads the fault that holds for a call right now.
func (j *journal) standing(method string, body []byte) (fault, bool) {
	raw, err := os.ReadFile(j.faults)
	if err != nil {
		return fault{}, false
	}
	var all map[string]fault
	if json.Unmarshal(raw, &all) != nil {
		return fault{}, false
	}
	f, ok := all[method]
	ok = ok && strings.Contains(string(body), f.Match) && (f.Node == "" || f.Node == j.node)
	return f, ok
}

func (j *journal) write(c call) {
	line, err := json.Marshal(c)
	if err != nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, _ = os.Stderr.Write(append(line, '\n'))
}
