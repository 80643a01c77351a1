/* The event that the eBPF programs send to the preflight; included by both. */
#ifndef PREFLIGHT_H
#define PREFLIGHT_H

/* TASK_COMM_LEN: the length of a task's name in the kernel. */
#define NAME_LENGTH 16

/* One event through the perf buffer. */
struct event {
	char name[NAME_LENGTH];
	unsigned int tgid;
};

#endif
