package main

import (
	"context"
	"time"

	cadvisor "github.com/google/cadvisor/lib/model"
	internalapi "k8s.io/cri-api/pkg/apis"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	cadvisortest "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
)

// machine is the test fake of cadvisor plus figures for the root cgroup, without which the kubelet refuses to report any statistics.
type machine struct{ *cadvisortest.Fake }

func (m machine) ContainerInfoV2(name string, _ cadvisor.RequestOptions) (map[string]cadvisor.ContainerInfo, error) {
	now := time.Now()
	return map[string]cadvisor.ContainerInfo{name: {
		Spec:  cadvisor.ContainerSpec{CreationTime: now.Add(-time.Hour), HasCpu: true, HasMemory: true},
		Stats: []*cadvisor.ContainerStats{{Timestamp: now, Cpu: &cadvisor.CpuStats{}, Memory: &cadvisor.MemoryStats{}}},
	}}, nil
}

// pretending is the pretend container runtime plus statistics of its containers: the kubelet tells of the volumes of a pod only
// when a container of the pod has some.
type pretending struct{ internalapi.RuntimeService }

func (p pretending) ListContainerStats(ctx context.Context, _ *cri.ContainerStatsFilter) ([]*cri.ContainerStats, error) {
	containers, err := p.ListContainers(ctx, nil)
	if err != nil {
		return nil, err
	}
	all := make([]*cri.ContainerStats, 0, len(containers))
	for _, c := range containers {
		all = append(all, &cri.ContainerStats{Attributes: &cri.ContainerAttributes{
			Id: c.GetId(), Metadata: c.GetMetadata(), Labels: c.GetLabels(), Annotations: c.GetAnnotations(),
		}})
	}
	return all, nil
}
