/*
 * Work in the order of streams. Nothing runs before somebody waits for it, and then no more than that needs, so
 * that results which nobody waited for are not there. One thread runs all work of all devices.
 */
#ifndef DLORA_STANDIN_QUEUE_H
#define DLORA_STANDIN_QUEUE_H

#include "state.h"

namespace standin {

/* The stream of a handle, of the current context for the legacy one. */
std::shared_ptr<Stream> stream_of(Context &context, CUstream handle);

/*
 * Adds work to a stream, or a node to the graph that is captured from it. With CUDA_STANDIN_EAGER it has run
 * when this returns.
 */
void submit(const std::shared_ptr<Stream> &stream, CUgraphNodeType type, const char *name, Work run, Lock &lock);

/* Makes work that is added later to a stream wait for a point of another. */
void wait_in_stream(const std::shared_ptr<Stream> &stream, const Point &point, Lock &lock);

/* The end of what was added to a stream. */
inline Point end_of(const std::shared_ptr<Stream> &stream) { return {stream, stream->submitted}; }

/* Whether all of it has run. */
inline bool is_reached(const Point &point) { return !point.stream || point.stream->completed >= point.number; }

/* Runs all work until a point. Gives up the lock meanwhile. */
void run_until(const Point &point, Lock &lock);

/* Runs all work of a context. */
void run_all(Context &context, Lock &lock);

/* Forgets all work of a context. Waits for what runs. */
void discard_all(Context &context, Lock &lock);

/* Result of a query: a point that is not reached is not ready at the first query, and reached before the second. */
CUresult query(const Point &point, uint64_t &queried, Lock &lock);

}  // namespace standin

#endif
