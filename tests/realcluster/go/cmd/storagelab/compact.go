package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// compact throws away every revision of etcd but the latest, and prints that one's number.
func compact() {
	endpoint := flag.String("endpoint", "", "URL of etcd")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{*endpoint}, DialTimeout: 10 * time.Second})
	check(err)
	defer client.Close()
	answer, err := client.Get(ctx, "storagelab")
	check(err)
	_, err = client.Compact(ctx, answer.Header.Revision, clientv3.WithCompactPhysical())
	check(err)
	fmt.Println(answer.Header.Revision)
}
