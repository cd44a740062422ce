/* Streams and events. */
#include <algorithm>
#include <chrono>

#include "calls.h"
#include "graphs.h"
#include "queue.h"

using namespace standin;

namespace {

CUresult create(CUstream *handle, unsigned flags, int priority, Context &context) {
  require(handle && (flags & ~(unsigned)CU_STREAM_NON_BLOCKING) == 0);
  const auto stream = std::make_shared<Stream>();
  stream->context = &context;
  stream->blocking = !(flags & CU_STREAM_NON_BLOCKING);
  stream->priority = std::clamp(priority, -5, 0);
  stream->id = state.next_stream_id++;
  context.streams.push_back(stream);
  *handle = state.streams.add(stream);
  return CUDA_SUCCESS;
}

/* A stream that a host may wait for. */
std::shared_ptr<Stream> uncaptured(Context &context, CUstream handle) {
  const auto stream = stream_of(context, handle);
  if (stream->capture) {
    stream->capture->invalid = true;
    throw Refused{CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED};
  }
  return stream;
}

double now() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

CUresult record(CUevent handle, CUstream stream_handle, Context &context, Lock &lock) {
  const auto event = state.events.get(handle);
  const auto stream = stream_of(context, stream_handle);
  require(event->context == stream->context, CUDA_ERROR_INVALID_HANDLE);
  if (stream->capture) {
    require(!stream->capture->invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    event->capture = stream->capture;
    event->captured = stream->captured;
    return CUDA_SUCCESS;
  }
  event->capture = nullptr;
  const auto milliseconds = std::make_shared<double>(-1);
  event->milliseconds = milliseconds;
  const auto work = [milliseconds] {
    *milliseconds = now();
    return CUDA_SUCCESS;
  };
  event->recorded = {stream, stream->submitted + 1};
  submit(stream, CU_GRAPH_NODE_TYPE_EMPTY, "event", work, lock);
  return CUDA_SUCCESS;
}

std::shared_ptr<Event> uncaptured(CUevent handle) {
  const auto event = state.events.get(handle);
  if (event->capture) {
    event->capture->invalid = true;
    throw Refused{CUDA_ERROR_CAPTURED_EVENT};
  }
  return event;
}

}  // namespace

CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
  return in_context({"cuStreamCreate", "stream"}, [&](Context &context, Lock &) { return create(stream, flags, 0, context); });
}

CUresult cuStreamCreateWithPriority(CUstream *stream, unsigned flags, int priority) {
  return in_context({"cuStreamCreateWithPriority", "stream"},
                    [&](Context &context, Lock &) { return create(stream, flags, priority, context); });
}

/* Work that waits in it still runs. */
CUresult cuStreamDestroy_v2(CUstream handle) {
  return in_context({"cuStreamDestroy_v2", "stream"}, [&](Context &, Lock &lock) {
    const auto stream = state.streams.get(handle);
    if (stream->capture) {
      stream->capture->invalid = true;
      state.captures.erase(stream->capture);
    }
    state.streams.remove(handle);
    run_until(end_of(stream), lock);
    auto &streams = stream->context->streams;
    streams.erase(std::remove(streams.begin(), streams.end(), stream), streams.end());
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamSynchronize(CUstream handle) {
  return in_context({"cuStreamSynchronize", "sync", true}, [&](Context &context, Lock &lock) {
    const auto stream = uncaptured(context, handle);
    run_until(end_of(stream), lock);
    return stream->context->error;
  });
}

CUresult cuStreamQuery(CUstream handle) {
  return in_context({"cuStreamQuery", "query", true}, [&](Context &context, Lock &lock) {
    const auto stream = uncaptured(context, handle);
    return query(end_of(stream), stream->queried, lock);
  });
}

CUresult cuStreamWaitEvent(CUstream handle, CUevent event_handle, unsigned) {
  return in_context({"cuStreamWaitEvent", "event"}, [&](Context &context, Lock &lock) {
    const auto stream = stream_of(context, handle);
    const auto event = state.events.get(event_handle);
    if (event->capture) {
      join_capture(stream, *event);
      return CUDA_SUCCESS;
    }
    if (stream->capture) {
      stream->capture->invalid = true;
      return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
    }
    wait_in_stream(stream, event->recorded, lock);
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamGetFlags(CUstream handle, unsigned *flags) {
  return in_context({"cuStreamGetFlags", "stream"}, [&](Context &context, Lock &) {
    require(flags != nullptr);
    *flags = stream_of(context, handle)->blocking ? CU_STREAM_DEFAULT : CU_STREAM_NON_BLOCKING;
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamGetPriority(CUstream handle, int *priority) {
  return in_context({"cuStreamGetPriority", "stream"}, [&](Context &context, Lock &) {
    require(priority != nullptr);
    *priority = stream_of(context, handle)->priority;
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamGetId(CUstream handle, unsigned long long *id) {
  return in_context({"cuStreamGetId", "stream"}, [&](Context &context, Lock &) {
    require(id != nullptr);
    *id = stream_of(context, handle)->id;
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamGetCtx(CUstream handle, CUcontext *of) {
  return in_context({"cuStreamGetCtx", "stream"}, [&](Context &context, Lock &) {
    require(of != nullptr);
    *of = (CUcontext)stream_of(context, handle)->context;
    return CUDA_SUCCESS;
  });
}

/* Functions of the host run in order with the work, on the thread that runs it. */
CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void *data) {
  return in_context({"cuLaunchHostFunc", "host"}, [&](Context &context, Lock &lock) {
    require(function != nullptr);
    const auto work = [=] {
      function(data);
      return CUDA_SUCCESS;
    };
    submit(stream_of(context, handle), CU_GRAPH_NODE_TYPE_HOST, "function of the host", work, lock);
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamAddCallback(CUstream handle, CUstreamCallback function, void *data, unsigned flags) {
  return in_context({"cuStreamAddCallback", "host"}, [&](Context &context, Lock &lock) {
    require(function && flags == 0);
    const auto work = [=] {
      function(handle, CUDA_SUCCESS, data);
      return CUDA_SUCCESS;
    };
    submit(uncaptured(context, handle), CU_GRAPH_NODE_TYPE_HOST, "callback", work, lock);
    return CUDA_SUCCESS;
  });
}

CUresult cuEventCreate(CUevent *handle, unsigned flags) {
  return in_context({"cuEventCreate", "event"}, [&](Context &context, Lock &) {
    require(handle != nullptr);
    const auto event = std::make_shared<Event>();
    event->context = &context;
    event->timed = !(flags & CU_EVENT_DISABLE_TIMING);
    *handle = state.events.add(event);
    return CUDA_SUCCESS;
  });
}

CUresult cuEventDestroy_v2(CUevent handle) {
  return in_context({"cuEventDestroy_v2", "event"}, [&](Context &, Lock &) {
    state.events.remove(handle);
    return CUDA_SUCCESS;
  });
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
  return in_context({"cuEventRecord", "event"},
                    [&](Context &context, Lock &lock) { return record(event, stream, context, lock); });
}

CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned) {
  return in_context({"cuEventRecordWithFlags", "event"},
                    [&](Context &context, Lock &lock) { return record(event, stream, context, lock); });
}

CUresult cuEventSynchronize(CUevent handle) {
  return in_context({"cuEventSynchronize", "sync"}, [&](Context &context, Lock &lock) {
    const auto event = uncaptured(handle);
    refuse_in_captures();
    run_until(event->recorded, lock);
    return event->recorded.stream ? event->recorded.stream->context->error : context.error;
  });
}

CUresult cuEventQuery(CUevent handle) {
  return in_context({"cuEventQuery", "query"}, [&](Context &, Lock &lock) {
    const auto event = uncaptured(handle);
    refuse_in_captures();
    return query(event->recorded, event->queried, lock);
  });
}

CUresult cuEventElapsedTime(float *milliseconds, CUevent begin, CUevent end) {
  return in_context({"cuEventElapsedTime", "event"}, [&](Context &, Lock &) {
    const auto first = uncaptured(begin), second = uncaptured(end);
    require(milliseconds != nullptr);
    require(first->timed && second->timed && first->milliseconds && second->milliseconds, CUDA_ERROR_INVALID_HANDLE);
    if (*first->milliseconds < 0 || *second->milliseconds < 0) {
      return CUDA_ERROR_NOT_READY;
    }
    *milliseconds = (float)(*second->milliseconds - *first->milliseconds);
    return CUDA_SUCCESS;
  });
}
