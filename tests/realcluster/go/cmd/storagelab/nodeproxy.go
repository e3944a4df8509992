package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
)

// nodeNetwork holds the addresses of all nodes. Nobody routes it (RFC 5737).
const nodeNetwork = "192.0.2."

// proxyToNodes carries the API server's connections to kubelets. The API server refuses to speak to a loopback address on behalf of
// others, and our kubelets have no other; so nodes have made-up addresses, the API server sends what goes there through this proxy
// (its EgressSelectorConfiguration says so), and a kubelet is found on loopback by its port, which it shares with no other.
func proxyToNodes() {
	socket := flag.String("socket", "", "Unix socket to listen on")
	flag.Parse()
	_ = os.Remove(*socket)
	listener, err := net.Listen("unix", *socket)
	check(err)
	for {
		connection, err := listener.Accept()
		check(err)
		go tunnel(connection)
	}
}

// tunnel answers one CONNECT and then copies in both directions until either side ends.
func tunnel(client net.Conn) {
	defer client.Close()
	reader := bufio.NewReader(client)
	request, err := http.ReadRequest(reader)
	if err != nil {
		return
	}
	_, port, err := net.SplitHostPort(request.Host)
	if request.Method != http.MethodConnect || err != nil || !strings.HasPrefix(request.Host, nodeNetwork) {
		fmt.Fprint(client, "HTTP/1.1 403 Forbidden\r\n\r\n")
		return
	}
	kubelet, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		fmt.Fprint(client, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
		return
	}
	defer kubelet.Close()
	fmt.Fprint(client, "HTTP/1.1 200 OK\r\n\r\n")
	ended := make(chan struct{}, 2)
	copyTo := func(to io.Writer, from io.Reader) {
		_, _ = io.Copy(to, from)
		ended <- struct{}{}
	}
	go copyTo(kubelet, reader)
	go copyTo(client, kubelet)
	<-ended
}
