/* What the stand-in has beside the driver API, for tests. */
#ifndef DLORA_STANDIN_H
#define DLORA_STANDIN_H

#include <cstddef>

#pragma GCC visibility push(default)
extern "C" {

/*
 * Lets a call fail once. call: a name, with or without its version, or a kind (alloc, pinned, free, launch, copy,
 * memset, sync, query, stream, event, host, capture, graph, module, function, memory, context, device).
 * result: of the call; a sticky one of a launch, copy or memset is that of its work. after: such calls before it.
 */
void standin_fail_next(const char *call, int result, int after);

/* Calls of a name or a kind since the start or the last reset. */
long standin_calls(const char *call);

/* Ends all contexts, and forgets failures to come and counts. */
void standin_reset();

/* What was allocated, registered, created, loaded or retained, and is still there. */
long standin_outstanding();

/* The same in words, as C's snprintf. */
int standin_describe(char *to, size_t bytes);

}
#pragma GCC visibility pop

#endif
