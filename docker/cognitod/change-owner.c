/*
 * change-owner UID:GID FOLDER...: makes UID:GID the owner of each folder and of everything in it. Changes only what has another
 * owner, follows no symbolic link and enters no other file system. Prints how many it changed. Exit status 0; 1 if one could not
 * be read or changed, which is named; 2 on bad usage. Needs CHOWN, and DAC_READ_SEARCH for folders that are closed to others.
 */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Changes the owner of one file. Returns 1 if it did, 0 if there was nothing to change, -1 if it failed. */
static int change(const FTSENT *file, uid_t uid, gid_t gid)
{
	const struct stat *found = file->fts_statp;

	if (found->st_uid == uid && found->st_gid == gid)
		return 0;
	return lchown(file->fts_accpath, uid, gid) == 0 ? 1 : -1;
}

int main(int count, char **arguments)
{
	unsigned uid, gid;
	long changed = 0, failed = 0;
	int end = 0;

	if (count < 3 || sscanf(arguments[1], "%u:%u%n", &uid, &gid, &end) != 2 || arguments[1][end] != '\0') {
		fputs("usage: change-owner UID:GID FOLDER...\n", stderr);
		return 2;
	}
	FTS *tree = fts_open(arguments + 2, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	if (tree == NULL) {
		perror("change-owner");
		return 1;
	}
	for (FTSENT *file; (errno = 0, file = fts_read(tree)) != NULL;) {
		int error = file->fts_errno, result = 0;

		switch (file->fts_info) {
		case FTS_D: /* seen again, as FTS_DP, when everything in it was */
			continue;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			result = -1;
			break;
		default:
			result = change(file, uid, gid);
			error = errno;
		}
		/* A daemon with the same user may be running, and remove a file meanwhile. */
		if (result < 0 && (error != ENOENT || file->fts_level == FTS_ROOTLEVEL)) {
			fprintf(stderr, "change-owner: %s: %s\n", file->fts_path, strerror(error));
			failed++;
		}
		changed += result > 0;
	}
	if (errno != 0) {
		perror("change-owner");
		failed++;
	}
	printf("%ld now owned by %u:%u\n", changed, uid, gid);
	return failed == 0 ? 0 : 1;
}
