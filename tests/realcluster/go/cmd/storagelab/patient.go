package main

import (
	"net/http"
	"time"
)

// pause is how long a kubelet waits before it tries to reach an API server again that is not there.
const pause = 200 * time.Millisecond

// patient waits for an API server that is not there instead of telling the kubelet, whose reflectors would try ever more seldom:
// up to a minute after its return they would not know of it.
type patient struct{ http.RoundTripper }

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	for {
		answer, err := p.RoundTripper.RoundTrip(r)
		if err == nil || r.Body != nil && r.Body != http.NoBody {
			return answer, err
		}
		select {
		case <-r.Context().Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}
