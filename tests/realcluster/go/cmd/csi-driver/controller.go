package main

import (
	"context"
	"slices"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type controller struct {
	csi.UnimplementedControllerServer
	state           *state
	capacityPerZone int64
}

func (c *controller) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	calls := []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_PUBLISH_UNPUBLISH_VOLUME,
		csi.ControllerServiceCapability_RPC_EXPAND_VOLUME,
		csi.ControllerServiceCapability_RPC_MODIFY_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_LIST_SNAPSHOTS,
		csi.ControllerServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	}
	if c.capacityPerZone > 0 {
		calls = append(calls, csi.ControllerServiceCapability_RPC_GET_CAPACITY)
	}
	var all []*csi.ControllerServiceCapability
	for _, call := range calls {
		all = append(all, &csi.ControllerServiceCapability{Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: call}}})
	}
	return &csi.ControllerGetCapabilitiesResponse{Capabilities: all}, nil
}

func (c *controller) CreateVolume(_ context.Context, r *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	var v volume
	found, err := c.state.load("volumes", r.GetName(), &v)
	if err != nil {
		return nil, err
	}
	if !found {
		v = volume{ID: r.GetName(), Bytes: r.GetCapacityRange().GetRequiredBytes(), Zone: wantedZone(r), Parameters: r.GetMutableParameters()}
		if err := c.admit(v, r.GetVolumeContentSource()); err != nil {
			return nil, err
		}
		if err := c.state.save("volumes", v.ID, v); err != nil {
			return nil, err
		}
	}
	answer := &csi.Volume{VolumeId: v.ID, CapacityBytes: v.Bytes, ContentSource: r.GetVolumeContentSource()}
	if v.Zone != "" {
		answer.AccessibleTopology = []*csi.Topology{{Segments: map[string]string{zoneKey: v.Zone}}}
	}
	return &csi.CreateVolumeResponse{Volume: answer}, nil
}

// wantedZone is the first preferred zone, which the provisioner puts where the pod was scheduled.
func wantedZone(r *csi.CreateVolumeRequest) string {
	for _, topology := range r.GetAccessibilityRequirements().GetPreferred() {
		return topology.GetSegments()[zoneKey]
	}
	return ""
}

// admit refuses a volume that does not fit into its zone, or whose source is gone or larger.
func (c *controller) admit(v volume, source *csi.VolumeContentSource) error {
	if id := source.GetSnapshot().GetSnapshotId(); id != "" {
		var p picture
		if found, err := c.state.load("snapshots", id, &p); err != nil || !found {
			return status.Errorf(codes.NotFound, "snapshot %s does not exist", id)
		}
		if v.Bytes < p.Bytes {
			return status.Errorf(codes.OutOfRange, "the volume is smaller (%d bytes) than its snapshot (%d bytes)", v.Bytes, p.Bytes)
		}
	}
	if c.capacityPerZone == 0 {
		return nil
	}
	used, err := c.state.usedBytes(v.Zone)
	if err == nil && used+v.Bytes > c.capacityPerZone {
		return status.Errorf(codes.ResourceExhausted, "zone %s has %d bytes left, %d are asked for", v.Zone, max(c.capacityPerZone-used, 0), v.Bytes)
	}
	return err
}

func (c *controller) DeleteVolume(_ context.Context, r *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	var v volume
	if found, err := c.state.load("volumes", r.GetVolumeId(), &v); err != nil || !found {
		return &csi.DeleteVolumeResponse{}, err
	}
	if len(v.Holders) > 0 {
		return nil, status.Errorf(codes.FailedPrecondition, "volume %s is still attached to node %s", v.ID, v.Holders[0])
	}
	return &csi.DeleteVolumeResponse{}, c.state.remove("volumes", v.ID)
}

func (c *controller) ControllerPublishVolume(_ context.Context, r *csi.ControllerPublishVolumeRequest) (*csi.ControllerPublishVolumeResponse, error) {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	v, err := c.known(r.GetVolumeId())
	if err != nil {
		return nil, err
	}
	var at node
	if found, err := c.state.load("nodes", r.GetNodeId(), &at); err != nil || !found {
		return nil, status.Errorf(codes.NotFound, "node %s is not known to the driver", r.GetNodeId())
	}
	if v.Zone != "" && v.Zone != at.Zone {
		return nil, status.Errorf(codes.FailedPrecondition, "volume %s is in zone %s, node %s in zone %s", v.ID, v.Zone, at.Name, at.Zone)
	}
	if slices.Contains(v.Holders, at.Name) {
		return &csi.ControllerPublishVolumeResponse{}, nil
	}
	if len(v.Holders) > 0 && !shared(r.GetVolumeCapability()) {
		return nil, status.Errorf(codes.FailedPrecondition, "volume %s is still attached to node %s", v.ID, v.Holders[0])
	}
	v.Holders = append(v.Holders, at.Name)
	return &csi.ControllerPublishVolumeResponse{}, c.state.save("volumes", v.ID, v)
}

// shared says whether several nodes may hold the volume.
func shared(capability *csi.VolumeCapability) bool {
	switch capability.GetAccessMode().GetMode() {
	case csi.VolumeCapability_AccessMode_MULTI_NODE_READER_ONLY,
		csi.VolumeCapability_AccessMode_MULTI_NODE_SINGLE_WRITER,
		csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER:
		return true
	default:
		return false
	}
}

func (c *controller) ControllerUnpublishVolume(_ context.Context, r *csi.ControllerUnpublishVolumeRequest) (*csi.ControllerUnpublishVolumeResponse, error) {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	var v volume
	if found, err := c.state.load("volumes", r.GetVolumeId(), &v); err != nil || !found {
		return &csi.ControllerUnpublishVolumeResponse{}, err
	}
	v.Holders = slices.DeleteFunc(v.Holders, func(name string) bool { return r.GetNodeId() == "" || name == r.GetNodeId() })
	return &csi.ControllerUnpublishVolumeResponse{}, c.state.save("volumes", v.ID, v)
}

func (c *controller) ControllerExpandVolume(_ context.Context, r *csi.ControllerExpandVolumeRequest) (*csi.ControllerExpandVolumeResponse, error) {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	v, err := c.known(r.GetVolumeId())
	if err != nil {
		return nil, err
	}
	v.Bytes = max(v.Bytes, r.GetCapacityRange().GetRequiredBytes())
	return &csi.ControllerExpandVolumeResponse{CapacityBytes: v.Bytes, NodeExpansionRequired: true}, c.state.save("volumes", v.ID, v)
}

func (c *controller) ControllerModifyVolume(_ context.Context, r *csi.ControllerModifyVolumeRequest) (*csi.ControllerModifyVolumeResponse, error) {
	c.state.mu.Lock()
	defer c.state.mu.Unlock()
	v, err := c.known(r.GetVolumeId())
	if err != nil {
		return nil, err
	}
	v.Parameters = r.GetMutableParameters()
	return &csi.ControllerModifyVolumeResponse{}, c.state.save("volumes", v.ID, v)
}

func (c *controller) ValidateVolumeCapabilities(_ context.Context, r *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	return &csi.ValidateVolumeCapabilitiesResponse{
		Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{VolumeCapabilities: r.GetVolumeCapabilities()},
	}, nil
}

func (c *controller) GetCapacity(_ context.Context, r *csi.GetCapacityRequest) (*csi.GetCapacityResponse, error) {
	used, err := c.state.usedBytes(r.GetAccessibleTopology().GetSegments()[zoneKey])
	return &csi.GetCapacityResponse{AvailableCapacity: max(c.capacityPerZone-used, 0)}, err
}

func (c *controller) known(id string) (volume, error) {
	var v volume
	found, err := c.state.load("volumes", id, &v)
	if err == nil && !found {
		err = status.Errorf(codes.NotFound, "volume %s does not exist", id)
	}
	return v, err
}
