/*
 * One program of each type that cognitod attaches. Each reports events of the preflight's own child only. A random task
 * name identifies the child, because that works in every PID namespace and no other process has it.
 *
 * No vmlinux.h of the build machine is needed: the only structure that is read is declared here with the one field that
 * is needed, and CO-RE relocates the field with the running kernel's BTF.
 */
#include <linux/types.h>

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "preflight.h"

struct task_struct {
	int tgid;
} __attribute__((preserve_access_index));

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} events SEC(".maps");

/* Set by the preflight before it loads the programs. */
const volatile char wanted[NAME_LENGTH];

static __always_inline int report(void *ctx, unsigned int tgid)
{
	struct event event = {.tgid = tgid};

	bpf_get_current_comm(event.name, sizeof(event.name));
	for (int i = 0; i < NAME_LENGTH; i++)
		if (event.name[i] != wanted[i])
			return 0;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &event, sizeof(event));
	return 0;
}

SEC("tp_btf/sched_process_exit")
int btf_tracepoint(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];

	return report(ctx, BPF_CORE_READ(task, tgid));
}

SEC("tracepoint/sched/sched_process_exit")
int tracepoint(void *ctx)
{
	return report(ctx, bpf_get_current_pid_tgid() >> 32);
}

/* vfs_write is one of the functions to which cognitod attaches kprobes. */
SEC("kprobe/vfs_write")
int kprobe(void *ctx)
{
	return report(ctx, bpf_get_current_pid_tgid() >> 32);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
