#include "graphs.h"

#include <algorithm>

#include "calls.h"
#include "queue.h"

using namespace standin;

namespace {

/* Ends the part of all streams in a capture. */
void leave(const std::shared_ptr<Capture> &capture) {
  for (const auto &entry : state.streams.objects) {
    if (entry.second->capture == capture) {
      entry.second->capture = nullptr;
      entry.second->captured.clear();
    }
  }
  for (const auto &entry : state.events.objects) {
    if (entry.second->capture == capture) {
      entry.second->capture = nullptr;
    }
  }
  state.captures.erase(capture);
}

/* Whether every node comes before the end of the stream that the capture began in. */
bool is_joined(const Capture &capture) {
  std::set<int> reached;
  std::vector<int> open = capture.origin->captured;
  while (!open.empty()) {
    const int node = open.back();
    open.pop_back();
    if (reached.insert(node).second) {
      const auto &after = capture.graph.nodes[node].after;
      open.insert(open.end(), after.begin(), after.end());
    }
  }
  return reached.size() == capture.graph.nodes.size();
}

CUresult instantiate(CUgraphExec *handle, CUgraph graph, Context &context) {
  require(handle != nullptr);
  const auto exec = std::make_shared<GraphExec>();
  exec->graph = std::make_shared<Graph>(*state.graphs.get(graph)->graph);
  exec->context = &context;
  *handle = state.execs.add(exec);
  return CUDA_SUCCESS;
}

CUresult run_nodes(const Graph &graph, const std::vector<int> &devices) {
  for (const GraphNode &node : graph.nodes) {
    state.memory.open(devices);
    const CUresult result = node.run();
    if (result != CUDA_SUCCESS) {
      return result;
    }
  }
  return CUDA_SUCCESS;
}

/* A graph as part of the one that is captured. */
void add_nodes(Stream &stream, const Graph &graph) {
  Capture &capture = *stream.capture;
  require(!capture.invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  const int first = (int)capture.graph.nodes.size();
  std::vector<int> ends;
  std::set<int> followed;
  for (size_t i = 0; i < graph.nodes.size(); i++) {
    GraphNode node = graph.nodes[i];
    for (int &before : node.after) {
      followed.insert(before);
      before += first;
    }
    if (node.after.empty()) {
      node.after = stream.captured;
    }
    capture.graph.nodes.push_back(std::move(node));
  }
  for (size_t i = 0; i < graph.nodes.size(); i++) {
    if (!followed.count((int)i)) {
      ends.push_back(first + (int)i);
    }
  }
  if (!ends.empty()) {
    stream.captured = ends;
  }
}

/* Whether two graphs differ in nothing but the arguments of their nodes. */
bool has_same_shape(const Graph &a, const Graph &b) {
  return std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(), [](const GraphNode &one, const GraphNode &other) {
    return one.type == other.type && one.after == other.after;
  });
}

/* Launches before it keep what they were launched with. */
CUresult update(CUgraphExec handle, CUgraph graph, int *result) {
  const auto exec = state.execs.get(handle);
  const auto &next = state.graphs.get(graph)->graph;
  const bool fits = has_same_shape(*exec->graph, *next);
  if (result) {
    *result = fits ? 0 : 2; /* CU_GRAPH_EXEC_UPDATE_SUCCESS, _ERROR_TOPOLOGY_CHANGED */
  }
  require(fits, CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE);
  exec->graph = std::make_shared<Graph>(*next);
  return CUDA_SUCCESS;
}

}  // namespace

void standin::join_capture(const std::shared_ptr<Stream> &stream, const Event &event) {
  const auto &capture = event.capture;
  require(!capture->invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  require(stream != stream->context->legacy, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
  if (stream->capture && stream->capture != capture) {
    stream->capture->invalid = capture->invalid = true;
    throw Refused{CUDA_ERROR_STREAM_CAPTURE_MERGE};
  }
  stream->capture = capture;
  for (int node : event.captured) {
    if (std::find(stream->captured.begin(), stream->captured.end(), node) == stream->captured.end()) {
      stream->captured.push_back(node);
    }
  }
}

CUresult cuStreamBeginCapture_v2(CUstream handle, CUstreamCaptureMode mode) {
  return in_context({"cuStreamBeginCapture_v2", "capture"}, [&](Context &context, Lock &) {
    require(mode >= CU_STREAM_CAPTURE_MODE_GLOBAL && mode <= CU_STREAM_CAPTURE_MODE_RELAXED);
    const auto stream = stream_of(context, handle);
    require(stream != context.legacy, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    require(!stream->capture, CUDA_ERROR_ILLEGAL_STATE);
    stream->capture = std::make_shared<Capture>();
    stream->capture->mode = mode;
    stream->capture->thread = pthread_self();
    stream->capture->origin = stream;
    stream->captured.clear();
    state.captures.insert(stream->capture);
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamEndCapture(CUstream handle, CUgraph *graph) {
  return in_context({"cuStreamEndCapture", "capture"}, [&](Context &context, Lock &) {
    require(graph != nullptr);
    *graph = nullptr;
    const auto stream = state.streams.get(handle);
    const auto capture = stream->capture;
    require(capture != nullptr, CUDA_ERROR_ILLEGAL_STATE);
    require(capture->mode == CU_STREAM_CAPTURE_MODE_RELAXED || pthread_equal(capture->thread, pthread_self()),
            CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD);
    if (capture->origin != stream) {
      capture->invalid = true;
      return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
    }
    const bool joined = is_joined(*capture);
    leave(capture);
    require(!capture->invalid, CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    require(joined, CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
    const auto object = std::make_shared<GraphOfContext>();
    object->graph = std::make_shared<Graph>(std::move(capture->graph));
    object->context = &context;
    *graph = state.graphs.add(object);
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamIsCapturing(CUstream handle, CUstreamCaptureStatus *status) {
  return in_context({"cuStreamIsCapturing", "capture"}, [&](Context &context, Lock &) {
    require(status != nullptr);
    const auto stream = stream_of(context, handle);
    *status = !stream->capture           ? CU_STREAM_CAPTURE_STATUS_NONE
              : stream->capture->invalid ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                         : CU_STREAM_CAPTURE_STATUS_ACTIVE;
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphCreate(CUgraph *graph, unsigned flags) {
  return in_context({"cuGraphCreate", "graph"}, [&](Context &context, Lock &) {
    require(graph && flags == 0);
    const auto object = std::make_shared<GraphOfContext>();
    object->graph = std::make_shared<Graph>();
    object->context = &context;
    *graph = state.graphs.add(object);
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphDestroy(CUgraph graph) {
  return in_context({"cuGraphDestroy", "graph"}, [&](Context &, Lock &) {
    state.graphs.remove(graph);
    return CUDA_SUCCESS;
  });
}

/* nodes may be null: then only their number is told. Nodes are numbers from 1 on. */
CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode *nodes, size_t *count) {
  return in_context({"cuGraphGetNodes", "graph"}, [&](Context &, Lock &) {
    require(count != nullptr);
    const size_t all = state.graphs.get(graph)->graph->nodes.size();
    for (size_t i = 0; nodes && i < *count; i++) {
      nodes[i] = i < all ? (CUgraphNode)(i + 1) : nullptr;
    }
    *count = nodes ? std::min(*count, all) : all;
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphInstantiate(CUgraphExec *exec, CUgraph graph, CUgraphNode *, char *, size_t) {
  return in_context({"cuGraphInstantiate", "graph"},
                    [&](Context &context, Lock &) { return instantiate(exec, graph, context); });
}

CUresult cuGraphInstantiate_v2(CUgraphExec *exec, CUgraph graph, CUgraphNode *, char *, size_t) {
  return in_context({"cuGraphInstantiate_v2", "graph"},
                    [&](Context &context, Lock &) { return instantiate(exec, graph, context); });
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec *exec, CUgraph graph, unsigned long long) {
  return in_context({"cuGraphInstantiateWithFlags", "graph"},
                    [&](Context &context, Lock &) { return instantiate(exec, graph, context); });
}

CUresult cuGraphUpload(CUgraphExec exec, CUstream stream) {
  return in_context({"cuGraphUpload", "graph"}, [&](Context &context, Lock &) {
    state.execs.get(exec);
    stream_of(context, stream);
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphLaunch(CUgraphExec handle, CUstream stream_handle) {
  return in_context({"cuGraphLaunch", "launch"}, [&](Context &context, Lock &lock) {
    const auto exec = state.execs.get(handle);
    const auto stream = stream_of(context, stream_handle);
    const auto graph = exec->graph;
    if (stream->capture) {
      add_nodes(*stream, *graph);
      return CUDA_SUCCESS;
    }
    wait_in_stream(stream, exec->last, lock);
    std::vector<int> devices = {stream->context->device};
    for (const Context *peer : stream->context->peers) {
      devices.push_back(peer->device);
    }
    submit(stream, CU_GRAPH_NODE_TYPE_EMPTY, "graph", [=] { return run_nodes(*graph, devices); }, lock);
    exec->last = end_of(stream);
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphExecUpdate(CUgraphExec exec, CUgraph graph, CUgraphNode *, int *result) {
  return in_context({"cuGraphExecUpdate", "graph"}, [&](Context &, Lock &) { return update(exec, graph, result); });
}

/* result: the first member of CUgraphExecUpdateResultInfo. */
CUresult cuGraphExecUpdate_v2(CUgraphExec exec, CUgraph graph, int *result) {
  return in_context({"cuGraphExecUpdate_v2", "graph"}, [&](Context &, Lock &) { return update(exec, graph, result); });
}

CUresult cuGraphExecDestroy(CUgraphExec exec) {
  return in_context({"cuGraphExecDestroy", "graph"}, [&](Context &, Lock &) {
    state.execs.remove(exec);
    return CUDA_SUCCESS;
  });
}
