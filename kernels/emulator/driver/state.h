/* The state of the stand-in: devices, contexts and what they own. All of it belongs to one lock. */
#ifndef DLORA_STANDIN_STATE_H
#define DLORA_STANDIN_STATE_H

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cuda_api.h"
#include "memory.h"

namespace standin {

using Lock = std::unique_lock<std::mutex>;

struct Context;
struct Stream;
struct Kernel;

/* Ends a call with a result. */
struct Refused {
  CUresult result;
};

/* A place in a stream: all of its operations up to a number. */
struct Point {
  std::shared_ptr<Stream> stream;
  uint64_t number = 0;
};

/* Work on a device; it may run more than once, as part of graphs. Runs without the lock. */
using Work = std::function<CUresult()>;

struct Operation {
  const char *name;
  Work run;
  std::vector<Point> after; /* of other streams */
};

struct GraphNode {
  CUgraphNodeType type;
  const char *name;
  Work run;
  std::vector<int> after; /* nodes before it */
};

/* Nodes in the order of their recording, in which each comes after those that it depends on. */
struct Graph {
  std::vector<GraphNode> nodes;
};

/* A graph that can be launched; a launch begins after the end of the one before. */
struct GraphExec {
  std::shared_ptr<const Graph> graph;
  Context *context;
  Point last;
};

/* The recording of a graph from one stream and those that join it. */
struct Capture {
  Graph graph;
  CUstreamCaptureMode mode;
  pthread_t thread;
  std::shared_ptr<Stream> origin;
  bool invalid = false;
};

struct Stream {
  Context *context;
  bool blocking; /* ordered with the legacy stream */
  int priority;
  uint64_t id;
  std::deque<Operation> waiting;
  uint64_t submitted = 0, completed = 0; /* numbers of its last operations */
  uint64_t queried = 0;                  /* what a query found not ready */
  std::shared_ptr<Capture> capture;
  std::vector<int> captured; /* nodes that the next one depends on */
};

struct Event {
  Context *context;
  bool timed;
  Point recorded;
  uint64_t queried = 0;
  std::shared_ptr<double> milliseconds; /* when it was reached; negative before */
  std::shared_ptr<Capture> capture;
  std::vector<int> captured;
};

struct Function {
  const Kernel *kernel;
  Context *context;
  size_t most_shared = 48 << 10;
};

struct Module {
  Context *context;
  bool is_image;              /* of this build; else of nvcc's, which may have any kernel */
  std::set<std::string> names; /* of its kernels */
  std::map<std::string, CUfunction> functions;
};

/* A context, primary or not. Its handle is its address, which lives as long as the process. */
struct Context {
  int device;
  bool primary = false, active = false;
  int retained = 0;
  unsigned flags = 0;
  CUresult error = CUDA_SUCCESS; /* sticky */
  std::set<Context *> peers;
  std::map<int, size_t> limits;
  std::shared_ptr<Stream> legacy;
  std::vector<std::shared_ptr<Stream>> streams; /* with waiting work or a handle; not the legacy one */
};

/* Objects by handles that are never used again. */
template <class HANDLE, class T>
class Handles {
 public:
  HANDLE add(std::shared_ptr<T> object);

  const std::shared_ptr<T> &get(HANDLE handle) const {
    const auto found = objects.find(handle);
    if (found == objects.end()) {
      throw Refused{CUDA_ERROR_INVALID_HANDLE};
    }
    return found->second;
  }

  std::shared_ptr<T> remove(HANDLE handle) {
    std::shared_ptr<T> object = get(handle);
    objects.erase(handle);
    return object;
  }

  size_t size() const { return objects.size(); }

  /* Forgets the objects of a context. */
  void remove_all(const Context *context) {
    for (auto entry = objects.begin(); entry != objects.end();) {
      entry = entry->second->context == context ? objects.erase(entry) : std::next(entry);
    }
  }

  std::map<HANDLE, std::shared_ptr<T>> objects;
};

struct GraphOfContext {
  std::shared_ptr<Graph> graph;
  Context *context;
};

struct State {
  std::mutex mutex;
  bool initialised = false;
  Memory memory;
  std::vector<std::unique_ptr<Context>> primaries; /* one for each device */
  std::vector<std::unique_ptr<Context>> others;
  Handles<CUstream, Stream> streams;
  Handles<CUevent, Event> events;
  Handles<CUmodule, Module> modules;
  Handles<CUfunction, Function> functions;
  Handles<CUgraph, GraphOfContext> graphs;
  Handles<CUgraphExec, GraphExec> execs;
  std::set<std::shared_ptr<Capture>> captures;
  uint64_t next_handle = 0x5d00000010;
  uint64_t next_stream_id = 1;
};

extern State &state;

template <class HANDLE, class T>
HANDLE Handles<HANDLE, T>::add(std::shared_ptr<T> object) {
  const HANDLE handle = (HANDLE)(state.next_handle += 16);
  objects.emplace(handle, std::move(object));
  return handle;
}

/* A number from the environment. */
size_t setting(const char *name, size_t otherwise);

/* Whether a context can have no further work because of it. */
bool is_sticky(CUresult result);

/* The name of a result, or null. */
const char *name_of(CUresult result);

/* Ends a context: all that it owns is gone, and its waiting work does not run. */
void destroy_resources(Context &context, Lock &lock);

}  // namespace standin

#endif
