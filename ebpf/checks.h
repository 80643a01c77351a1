/* What is checked of a kernel, and how a result looks. */
#ifndef CHECKS_H
#define CHECKS_H

#include <stdbool.h>

struct result {
	bool ok;
	int error; /* errno of what failed; 0 when nothing did, or none was set */
	char detail[200];
	char remedy[240]; /* empty when there is nothing to do */
};

struct check {
	const char *name;
	void (*run)(struct result *);
};

extern const struct check checks[];
extern const int check_count;

/* Program types that really load, attach and deliver (programs.c). */
void check_btf_tracepoint(struct result *);
void check_tracepoint(struct result *);
void check_kprobe(struct result *);

/*
 * Makes the capabilities that this process may have effective. The file's own are only permitted to a user other than root:
 * were they effective at once, the kernel would refuse to start it wherever one is missing, and nobody would be told which.
 */
void raise_capabilities(void);

/* Whether this process has CAP_SYS_ADMIN. */
bool is_sysadmin(void);

/* Sets a result; the texts are printf formats. */
void pass(struct result *, const char *detail, ...) __attribute__((format(printf, 2, 3)));
void fail(struct result *, int error, const char *remedy, const char *detail, ...) __attribute__((format(printf, 4, 5)));

#endif
