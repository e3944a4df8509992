package main

import (
	"context"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func (c *controller) CreateSnapshot(_ context.Context, r *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	var p picture
	found, err := c.state.load("snapshots", r.GetName(), &p)
	if err != nil {
		return nil, err
	}
	if !found {
		v, err := c.known(r.GetSourceVolumeId())
		if err != nil {
			return nil, err
		}
		p = picture{ID: r.GetName(), Volume: v.ID, Bytes: v.Bytes, Taken: time.Now().Unix()}
		if err := c.state.save("snapshots", p.ID, p); err != nil {
			return nil, err
		}
	}
	return &csi.CreateSnapshotResponse{Snapshot: p.answer()}, nil
}

func (c *controller) DeleteSnapshot(_ context.Context, r *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	return &csi.DeleteSnapshotResponse{}, c.state.remove("snapshots", r.GetSnapshotId())
}

func (c *controller) ListSnapshots(_ context.Context, r *csi.ListSnapshotsRequest) (*csi.ListSnapshotsResponse, error) {
	answer := &csi.ListSnapshotsResponse{}
	var p picture
	found, err := c.state.load("snapshots", r.GetSnapshotId(), &p)
	if found {
		answer.Entries = append(answer.Entries, &csi.ListSnapshotsResponse_Entry{Snapshot: p.answer()})
	}
	return answer, err
}

func (p picture) answer() *csi.Snapshot {
	return &csi.Snapshot{
		SnapshotId: p.ID, SourceVolumeId: p.Volume, SizeBytes: p.Bytes,
		CreationTime: timestamppb.New(time.Unix(p.Taken, 0)), ReadyToUse: true,
	}
}
