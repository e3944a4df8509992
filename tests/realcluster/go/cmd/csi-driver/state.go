package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// volume is what the driver remembers of a volume. Several holders are allowed only when it may be shared.
type volume struct {
	ID         string            `json:"id"`
	Bytes      int64             `json:"bytes"`
	Zone       string            `json:"zone"`
	Parameters map[string]string `json:"parameters,omitempty"`
	Holders    []string          `json:"holders,omitempty"`
}

// picture is what the driver remembers of a snapshot.
type picture struct {
	ID     string `json:"id"`
	Volume string `json:"volume"`
	Bytes  int64  `json:"bytes"`
	Taken  int64  `json:"taken"`
}

// node is what the controller service knows of a node: its zone.
type node struct {
	Name string `json:"name"`
	Zone string `json:"zone"`
}

// usage is what a test says about the disk of a volume.
type usage struct {
	Used       int64 `json:"used"`
	InodesUsed int64 `json:"inodes_used"`
}

// state is the driver's folder: one file per volume, snapshot and node. Only the controller service writes volumes.
type state struct {
	folder string
	mu     sync.Mutex
}

func openState(folder string) *state {
	for _, kind := range []string{"volumes", "snapshots", "nodes"} {
		check(os.MkdirAll(filepath.Join(folder, kind), 0o700))
	}
	return &state{folder: folder}
}

func (s *state) path(kind, id string) string {
	return filepath.Join(s.folder, kind, strings.ReplaceAll(id, "/", "_")+".json")
}

// load reads one entry; false when there is none.
func (s *state) load(kind, id string, into any) (bool, error) {
	raw, err := os.ReadFile(s.path(kind, id))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal(raw, into)
}

// save replaces one entry in one step, so that no reader sees half of it.
func (s *state) save(kind, id string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	final := s.path(kind, id)
	draft := final + ".draft"
	if err := os.WriteFile(draft, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(draft, final)
}

func (s *state) saveNode(n node) error { return s.save("nodes", n.Name, n) }

func (s *state) remove(kind, id string) error {
	err := os.Remove(s.path(kind, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// usedBytes sums the volumes of a zone.
func (s *state) usedBytes(zone string) (int64, error) {
	entries, err := filepath.Glob(filepath.Join(s.folder, "volumes", "*.json"))
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, entry := range entries {
		var v volume
		raw, err := os.ReadFile(entry)
		if err != nil || json.Unmarshal(raw, &v) != nil {
			continue
		}
		if v.Zone == zone {
			sum += v.Bytes
		}
	}
	return sum, nil
}

// usageOf is what usage.json, written by a test, says about a volume; without an entry a tenth of it is used.
func (s *state) usageOf(v volume) usage {
	var all map[string]usage
	raw, err := os.ReadFile(filepath.Join(s.folder, "usage.json"))
	if err == nil && json.Unmarshal(raw, &all) == nil {
		if u, ok := all[v.ID]; ok {
			return u
		}
	}
	return usage{Used: v.Bytes / 10, InodesUsed: 1000}
}
