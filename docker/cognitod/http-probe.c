/*
 * http-probe PORT PATH: asks 127.0.0.1 over HTTP. Prints the body, then the status code on a line of its own (000: no
 * answer). Exit status 0 for a 2xx answer, 1 otherwise, 2 on bad usage. Ends within 4 seconds.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE 4
#define LONGEST_ANSWER 65536

static int no_answer(void)
{
	puts("\n000");
	return 1;
}

/* Sends the question and reads the whole answer; its length, or -1. */
static ssize_t ask(int port, const char *path, char *answer)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char question[1024];
	ssize_t length = 0, count;
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -1;
	/* HTTP/1.0: the answer ends where the connection does, and comes in one piece. */
	int size = snprintf(question, sizeof(question), "GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", path);
	if (write(server, question, size) != size)
		return -1;
	while (length < LONGEST_ANSWER - 1 && (count = read(server, answer + length, LONGEST_ANSWER - 1 - length)) > 0)
		length += count;
	answer[length] = '\0';
	close(server);
	return length;
}

int main(int count, char **arguments)
{
	static char answer[LONGEST_ANSWER];
	int port = count == 3 ? atoi(arguments[1]) : 0;
	int status;

	if (port < 1 || port > 65535 || arguments[2][0] != '/' || strlen(arguments[2]) > 900) {
		fputs("usage: http-probe PORT PATH\n", stderr);
		return 2;
	}
	alarm(DEADLINE); /* its default action ends the process: no answer is an answer too */
	if (ask(port, arguments[2], answer) <= 0 || sscanf(answer, "HTTP/%*s %d", &status) != 1)
		return no_answer();
	char *body = strstr(answer, "\r\n\r\n");
	printf("%s\n%03d\n", body == NULL ? "" : body + 4, status);
	return status >= 200 && status < 300 ? 0 : 1;
}
