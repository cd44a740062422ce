/* Captures of streams into graphs. */
#ifndef DLORA_STANDIN_GRAPHS_H
#define DLORA_STANDIN_GRAPHS_H

#include "state.h"

namespace standin {

/* Lets a stream wait for an event of a capture; it takes part in the capture from then on. */
void join_capture(const std::shared_ptr<Stream> &stream, const Event &event);

}  // namespace standin

#endif
