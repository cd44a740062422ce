#include "queue.h"

#include <signal.h>

#include <cstdio>
#include <cstdlib>

#include "calls.h"
#include "faults.h"

namespace standin {

namespace {

constexpr size_t MOST_WAITING = 4096; /* operations of a stream; then the older half runs */
constexpr size_t STACK_BYTES = 64 << 20; /* streams that wait for each other in turns are a deep recursion */

struct Request {
  Point until;
  bool done = false;
};

/* What the thread that runs work shares with the others. */
struct Worker {
  std::deque<Request *> requests;
  std::condition_variable requested, done, idle;
  bool started = false;
  const Context *busy = nullptr; /* the context whose work runs, without the lock */
};

Worker &worker = *new Worker; /* never destroyed: its thread may outlive the program's */

CUresult run_without_lock(Context &context, const Operation &operation, Lock &lock) {
  std::vector<int> reached = {context.device};
  for (const Context *peer : context.peers) {
    reached.push_back(peer->device);
  }
  worker.busy = &context;
  lock.unlock();
  state.memory.open(reached);
  const CUresult result = operation.run();
  state.memory.open({});
  lock.lock();
  worker.busy = nullptr;
  worker.idle.notify_all();
  return result;
}

/* Called by the thread that runs work. */
void run(const Point &until, Lock &lock) {
  Stream &stream = *until.stream;
  while (stream.completed < until.number) {
    const Operation operation = std::move(stream.waiting.front());
    for (const Point &point : operation.after) {
      run(point, lock);
    }
    Context &context = *stream.context;
    if (context.error == CUDA_SUCCESS && operation.run && !stream.waiting.empty()) {
      const CUresult result = run_without_lock(context, operation, lock);
      if (result != CUDA_SUCCESS && context.error == CUDA_SUCCESS) {
        fprintf(stderr, "stand-in for CUDA: %s on device %d: %s\n", operation.name, context.device, name_of(result));
        context.error = result;
      }
    }
    if (!stream.waiting.empty()) { /* else its context was reset */
      stream.waiting.pop_front();
      stream.completed++;
    }
  }
}

void *run_requests(void *) {
  catch_faults();
  Lock lock(state.mutex);
  for (;;) {
    worker.requested.wait(lock, [] { return !worker.requests.empty(); });
    Request &request = *worker.requests.front();
    worker.requests.pop_front();
    run(request.until, lock);
    request.done = true;
    worker.done.notify_all();
  }
}

/* Signals are for the threads of the program. */
void start_thread() {
  if (worker.started) {
    return;
  }
  worker.started = true;
  sigset_t all, before;
  sigfillset(&all);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) {
    sigdelset(&all, fault);
  }
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, STACK_BYTES);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, run_requests, nullptr) != 0) {
    perror("thread of the stand-in for CUDA");
    abort();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
}

bool is_eager() {
  static const bool eager = setting("CUDA_STANDIN_EAGER", 0) != 0;
  return eager;
}

/* Adds an operation, with what the legacy stream and the blocking ones of its context have to wait for. */
void add(const std::shared_ptr<Stream> &stream, Operation operation, Lock &lock) {
  Context &context = *stream->context;
  if (stream == context.legacy) {
    for (const auto &other : context.streams) {
      if (other->blocking && other->completed < other->submitted) {
        operation.after.push_back(end_of(other));
      }
    }
  } else if (stream->blocking && context.legacy->completed < context.legacy->submitted) {
    operation.after.push_back(end_of(context.legacy));
  }
  stream->waiting.push_back(std::move(operation));
  stream->submitted++;
  if (is_eager()) {
    run_until(end_of(stream), lock);
  } else if (stream->waiting.size() > MOST_WAITING) {
    run_until({stream, stream->submitted - MOST_WAITING / 2}, lock);
  }
}

}  // namespace

std::shared_ptr<Stream> stream_of(Context &context, CUstream handle) {
  if (handle == CU_STREAM_PER_THREAD) {
    fprintf(stderr, "stand-in for CUDA: it has no streams per thread\n");
    throw Refused{CUDA_ERROR_NOT_SUPPORTED};
  }
  if (handle && handle != CU_STREAM_LEGACY) {
    return state.streams.get(handle);
  }
  for (const auto &stream : context.streams) {
    if (stream->blocking && stream->capture) {
      stream->capture->invalid = true;
      throw Refused{CUDA_ERROR_STREAM_CAPTURE_IMPLICIT};
    }
  }
  return context.legacy;
}

void submit(const std::shared_ptr<Stream> &stream, CUgraphNodeType type, const char *name, Work run, Lock &lock) {
  const CUresult injected = take_injected();
  if (injected != CUDA_SUCCESS) {
    run = [=] { return injected; };
  }
  if (!stream->capture) {
    add(stream, {name, std::move(run), {}}, lock);
    return;
  }
  Capture &capture = *stream->capture;
  if (capture.invalid) {
    throw Refused{CUDA_ERROR_STREAM_CAPTURE_INVALIDATED};
  }
  capture.graph.nodes.push_back({type, name, std::move(run), stream->captured});
  stream->captured = {(int)capture.graph.nodes.size() - 1};
}

void wait_in_stream(const std::shared_ptr<Stream> &stream, const Point &point, Lock &lock) {
  if (!is_reached(point) && point.stream != stream) {
    add(stream, {"wait", nullptr, {point}}, lock);
  }
}

void run_until(const Point &point, Lock &lock) {
  if (is_reached(point)) {
    return;
  }
  start_thread();
  Request request{point};
  worker.requests.push_back(&request);
  worker.requested.notify_one();
  worker.done.wait(lock, [&] { return request.done; });
}

void run_all(Context &context, Lock &lock) {
  const auto streams = context.streams; /* calls of other threads may change it meanwhile */
  run_until(end_of(context.legacy), lock);
  for (const auto &stream : streams) {
    run_until(end_of(stream), lock);
  }
}

void discard_all(Context &context, Lock &lock) {
  worker.idle.wait(lock, [&] { return worker.busy != &context; });
  auto streams = context.streams;
  streams.push_back(context.legacy);
  for (const auto &stream : streams) {
    stream->completed = stream->submitted;
    stream->waiting.clear();
  }
}

CUresult query(const Point &point, uint64_t &queried, Lock &lock) {
  if (is_reached(point)) {
    return CUDA_SUCCESS;
  }
  if (queried < point.number) {
    queried = point.number;
    return CUDA_ERROR_NOT_READY;
  }
  run_until(point, lock);
  return point.stream->context->error;
}

}  // namespace standin
