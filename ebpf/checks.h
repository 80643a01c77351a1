/* The checks of a kernel, and their results. */
#ifndef CHECKS_H
#define CHECKS_H

#include <stdbool.h>

struct result {
	bool ok;
	int error; /* errno of the failed call; 0 if none failed or none was set */
	char detail[200];
	char remedy[240]; /* empty if no action is needed */
};

struct check {
	const char *name;
	void (*run)(struct result *);
};

extern const struct check checks[];
extern const int check_count;

/* Each loads and attaches one type of program and waits for its event (programs.c). */
void check_btf_tracepoint(struct result *);
void check_tracepoint(struct result *);
void check_kprobe(struct result *);

/*
 * Makes all permitted capabilities effective. A non-root user gets the file's capabilities as permitted only: if they
 * were effective from the start and one was missing, the kernel would refuse to start the program, and nothing would
 * report which one.
 */
void raise_capabilities(void);

/* True if this process has CAP_SYS_ADMIN. */
bool is_sysadmin(void);

/*
 * True if the kernel forbids even root to read its memory. A container does not see securityfs: then the kernel's command
 * line tells, or a trace event that may be read and can't be opened.
 */
bool is_locked_down(void);

#define LOCKDOWN_REMEDY                                                                                                \
	"the kernel is locked down in confidentiality mode, which no privilege overrides: boot it with lockdown=integrity, " \
	"or without lockdown (no other kernel is needed)"

/* Sets a result; the texts are printf formats. */
void pass(struct result *, const char *detail, ...) __attribute__((format(printf, 2, 3)));
void fail(struct result *, int error, const char *remedy, const char *detail, ...) __attribute__((format(printf, 4, 5)));

#endif
