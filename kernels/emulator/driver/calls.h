/* What all calls share: the lock, the current context, sticky errors, injected failures, limits of captures. */
#ifndef DLORA_STANDIN_CALLS_H
#define DLORA_STANDIN_CALLS_H

#include "state.h"

namespace standin {

/* Kinds of calls, by which failures are injected and calls counted. */
struct Call {
  const char *name;
  const char *kind;
  bool unsafe = false; /* not while a stream is captured */
};

/* Counts a call; ends it if a failure is injected. One that work fails with later is left to submit. */
void begin(const Call &call);

/* A sticky result that was injected into the call, for its work; cleared by it. */
CUresult take_injected();

/* Reports how a call ended, if that is asked for. */
CUresult end(const Call &call, CUresult result);

/* The current context of the thread; refuses if there is none. */
Context &current_context();

/* The contexts of the thread, the current one last. */
std::vector<Context *> &context_stack();

/* Refuses, and makes the captures invalid that forbid unsafe calls of this thread. */
void refuse_in_captures();

/* A call that needs no context. body: (lock) -> result */
template <class BODY>
CUresult in_driver(const Call &call, BODY body) {
  Lock lock(state.mutex);
  try {
    if (!state.initialised) {
      throw Refused{CUDA_ERROR_NOT_INITIALIZED};
    }
    begin(call);
    return end(call, body(lock));
  } catch (const Refused &refused) {
    return end(call, refused.result);
  }
}

/* A call in the current context. body: (context, lock) -> result */
template <class BODY>
CUresult in_context(const Call &call, BODY body) {
  return in_driver(call, [&](Lock &lock) -> CUresult {
    Context &context = current_context();
    if (context.error != CUDA_SUCCESS) {
      return context.error;
    }
    if (call.unsafe) {
      refuse_in_captures();
    }
    return body(context, lock);
  });
}

inline void require(bool condition, CUresult otherwise = CUDA_ERROR_INVALID_VALUE) {
  if (!condition) {
    throw Refused{otherwise};
  }
}

}  // namespace standin

#endif
