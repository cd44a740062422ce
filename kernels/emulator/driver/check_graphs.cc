/* Captures, what they forbid, and launches of their graphs. */
#include <thread>

#include "check.h"

namespace {

void begin(CUstream stream, CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL) {
  OK(cuStreamBeginCapture_v2(stream, mode));
}

CUgraphExec end(CUstream stream) {
  CUgraph graph;
  CUgraphExec exec;
  OK(cuStreamEndCapture(stream, &graph));
  OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
  OK(cuGraphDestroy(graph));
  return exec;
}

void end_fails(CUresult result, CUstream stream) {
  CUgraph graph;
  REFUSED(result, cuStreamEndCapture(stream, &graph));
  EQUAL(graph == nullptr, true);
}

CUstreamCaptureStatus status_of(CUstream stream) {
  CUstreamCaptureStatus status;
  OK(cuStreamIsCapturing(stream, &status));
  return status;
}

void graphs_repeat_what_was_captured() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr a = allocate(8), b = allocate(8);
  float *const in = (float *)pinned(0, 2), *const out = (float *)pinned(0, 2);
  OK(launch_move(stream, upload(std::vector<float>{0}), a)); /* loads its module, which a capture forbids */
  EQUAL(status_of(stream), CU_STREAM_CAPTURE_STATUS_NONE);
  begin(stream);
  EQUAL(status_of(stream), CU_STREAM_CAPTURE_STATUS_ACTIVE);
  OK(cuMemcpyHtoDAsync_v2(a, in, 8, stream));
  OK(launch_move(stream, a, b + 4));
  OK(cuMemsetD32Async(b, 0x40000000, 1, stream)); /* 2.0f */
  OK(cuMemcpyDtoHAsync_v2(out, b, 8, stream));
  const CUgraphExec graph = end(stream);
  EQUAL(status_of(stream), CU_STREAM_CAPTURE_STATUS_NONE);
  OK(cuStreamSynchronize(stream));
  EQUAL(out[0], 0); /* a capture runs nothing */
  for (float value : {1.f, 7.f}) {
    in[0] = value;
    OK(cuGraphLaunch(graph, stream));
    OK(cuStreamSynchronize(stream));
    EQUAL(out[0], 2);
    EQUAL(out[1], value);
  }
  OK(cuGraphLaunch(graph, stream));
  OK(cuGraphExecDestroy(graph)); /* what was launched still runs */
  in[0] = 9;
  OK(cuStreamSynchronize(stream));
  EQUAL(out[1], 9);
  REFUSED(CUDA_ERROR_INVALID_HANDLE, cuGraphLaunch(graph, stream));
}

void captures_follow_events_to_other_streams() {
  use_device(0);
  const CUstream first = new_stream(), second = new_stream();
  const CUevent fork = new_event(), join = new_event();
  const CUdeviceptr memory = allocate(8);
  begin(first);
  OK(cuMemsetD32Async(memory, 1, 1, first));
  OK(cuEventRecord(fork, first));
  OK(cuStreamWaitEvent(second, fork, 0));
  EQUAL(status_of(second), CU_STREAM_CAPTURE_STATUS_ACTIVE);
  OK(cuMemcpyDtoDAsync_v2(memory + 4, memory, 4, second));
  OK(cuEventRecord(join, second));
  OK(cuStreamWaitEvent(first, join, 0));
  OK(cuMemsetD32Async(memory, 2, 1, first));
  const CUgraphExec graph = end(first);
  EQUAL(status_of(second), CU_STREAM_CAPTURE_STATUS_NONE);
  int values[2];
  OK(cuGraphLaunch(graph, first));
  OK(cuStreamSynchronize(first));
  OK(cuMemcpyDtoH_v2(values, memory, 8));
  EQUAL(values[0], 2);
  EQUAL(values[1], 1);
}

void work_that_does_not_come_back_is_unjoined() {
  use_device(0);
  const CUstream first = new_stream(), second = new_stream();
  const CUevent fork = new_event();
  const CUdeviceptr memory = allocate(8);
  begin(first);
  OK(cuEventRecord(fork, first));
  OK(cuStreamWaitEvent(second, fork, 0));
  OK(cuMemsetD32Async(memory, 1, 1, second));
  end_fails(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, first);
  OK(cuMemsetD32Async(memory, 1, 1, second));
  OK(cuStreamSynchronize(second));
}

void captures_are_isolated() {
  use_device(0);
  const CUstream first = new_stream(), second = new_stream();
  const CUevent event = new_event();
  OK(cuEventRecord(event, second));
  begin(first);
  REFUSED(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, cuStreamWaitEvent(first, event, 0));
  end_fails(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, first);
  begin(first);
  OK(cuEventRecord(event, first));
  REFUSED(CUDA_ERROR_CAPTURED_EVENT, cuEventSynchronize(event));
  end_fails(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, first);
}

void captures_do_not_merge() {
  use_device(0);
  const CUstream first = new_stream(), second = new_stream();
  const CUevent event = new_event();
  begin(first);
  begin(second);
  OK(cuEventRecord(event, first));
  REFUSED(CUDA_ERROR_STREAM_CAPTURE_MERGE, cuStreamWaitEvent(second, event, 0));
  end_fails(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, first);
  end_fails(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, second);
}

void unsafe_calls_end_a_capture() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr memory = allocate(4);
  CUdeviceptr other;
  char pageable[4] = {};
  const auto is_ended_by = [&](CUresult result, auto call) {
    begin(stream);
    OK(cuMemsetD32Async(memory, 1, 1, stream));
    REFUSED(result, call());
    EQUAL(status_of(stream), CU_STREAM_CAPTURE_STATUS_INVALIDATED);
    REFUSED(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuMemsetD32Async(memory, 1, 1, stream));
    end_fails(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, stream);
  };
  is_ended_by(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuMemAlloc_v2(&other, 4); });
  is_ended_by(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuMemFree_v2(memory); });
  is_ended_by(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuStreamSynchronize(stream); });
  is_ended_by(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuStreamQuery(stream); });
  is_ended_by(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuCtxSynchronize(); });
  is_ended_by(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuMemcpyHtoDAsync_v2(memory, pageable, 4, stream); });
  is_ended_by(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuMemcpyHtoD_v2(memory, pageable, 4); });
}

void blocking_streams_are_captured_without_the_legacy_one() {
  use_device(0);
  const CUstream stream = new_stream(CU_STREAM_DEFAULT);
  const CUdeviceptr memory = allocate(4);
  REFUSED(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamBeginCapture_v2(nullptr, CU_STREAM_CAPTURE_MODE_GLOBAL));
  begin(stream);
  REFUSED(CUDA_ERROR_ILLEGAL_STATE, cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_GLOBAL));
  REFUSED(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, cuMemsetD32Async(memory, 1, 1, nullptr));
  end_fails(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, stream);
  end_fails(CUDA_ERROR_ILLEGAL_STATE, stream);
}

/* A call of another thread that is unsafe, in its own mode. */
CUresult allocate_elsewhere(CUcontext context, int mode) {
  CUresult result;
  std::thread([&] {
    OK(cuCtxSetCurrent(context));
    auto own = (CUstreamCaptureMode)mode;
    OK(cuThreadExchangeStreamCaptureMode(&own));
    EQUAL(own, CU_STREAM_CAPTURE_MODE_GLOBAL);
    CUdeviceptr memory;
    result = cuMemAlloc_v2(&memory, 4);
  }).join();
  return result;
}

void modes_say_whom_a_capture_forbids_unsafe_calls() {
  const CUcontext context = use_device(0);
  const CUstream stream = new_stream();
  CUdeviceptr memory;
  begin(stream, CU_STREAM_CAPTURE_MODE_GLOBAL);
  OK(allocate_elsewhere(context, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
  OK(allocate_elsewhere(context, CU_STREAM_CAPTURE_MODE_RELAXED));
  REFUSED(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, allocate_elsewhere(context, CU_STREAM_CAPTURE_MODE_GLOBAL));
  end_fails(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, stream);
  begin(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL);
  OK(allocate_elsewhere(context, CU_STREAM_CAPTURE_MODE_GLOBAL));
  REFUSED(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuMemAlloc_v2(&memory, 4));
  end_fails(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, stream);
  begin(stream, CU_STREAM_CAPTURE_MODE_RELAXED);
  OK(allocate_elsewhere(context, CU_STREAM_CAPTURE_MODE_GLOBAL));
  OK(cuMemAlloc_v2(&memory, 4));
  end(stream);
}

void captures_end_where_they_began() {
  const CUcontext context = use_device(0);
  const CUstream stream = new_stream(), other = new_stream();
  const CUevent event = new_event();
  begin(stream);
  OK(cuEventRecord(event, stream));
  OK(cuStreamWaitEvent(other, event, 0));
  std::thread([&] {
    OK(cuCtxSetCurrent(context));
    end_fails(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, stream);
  }).join();
  end_fails(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, other);
  end_fails(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, stream);
}

void launches_of_a_graph_are_in_order() {
  use_device(0);
  const CUstream first = new_stream(), second = new_stream();
  const CUdeviceptr memory = allocate(4);
  int *const in = pinned(1), *const out = pinned(0);
  begin(first);
  OK(cuMemcpyHtoDAsync_v2(memory, in, 4, first));
  const CUgraphExec graph = end(first);
  OK(cuMemsetD32Async(memory, 9, 1, first));
  OK(cuGraphLaunch(graph, first));
  OK(cuGraphLaunch(graph, second)); /* waits for the launch before */
  OK(cuMemcpyDtoHAsync_v2(out, memory, 4, second));
  OK(cuStreamSynchronize(second));
  EQUAL(*out, 1);
  OK(cuStreamSynchronize(first));
  OK(cuMemcpyDtoH_v2(out, memory, 4));
  EQUAL(*out, 1);
}

void graphs_are_updated_if_they_have_the_same_shape() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr memory = allocate(8);
  int result = -1, value = 0;
  const auto capture = [&](int number, int count) {
    CUgraph graph;
    begin(stream);
    for (int i = 0; i < count; i++) {
      OK(cuMemsetD32Async(memory + 4 * i, number, 1, stream));
    }
    OK(cuStreamEndCapture(stream, &graph));
    return graph;
  };
  CUgraphExec exec;
  OK(cuGraphInstantiateWithFlags(&exec, capture(1, 1), 0));
  OK(cuGraphExecUpdate_v2(exec, capture(2, 1), &result));
  EQUAL(result, 0);
  OK(cuGraphLaunch(exec, stream));
  OK(cuStreamSynchronize(stream));
  OK(cuMemcpyDtoH_v2(&value, memory, 4));
  EQUAL(value, 2);
  REFUSED(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE, cuGraphExecUpdate_v2(exec, capture(2, 2), &result));
}

void graphs_can_be_part_of_a_capture() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr memory = allocate(8);
  int values[2];
  begin(stream);
  OK(cuMemsetD32Async(memory, 3, 1, stream));
  const CUgraphExec inner = end(stream);
  begin(stream);
  OK(cuGraphLaunch(inner, stream));
  OK(cuMemcpyDtoDAsync_v2(memory + 4, memory, 4, stream));
  const CUgraphExec outer = end(stream);
  OK(cuGraphLaunch(outer, stream));
  OK(cuStreamSynchronize(stream));
  OK(cuMemcpyDtoH_v2(values, memory, 8));
  EQUAL(values[1], 3);
}

const Check all[] = {
    {"graphs repeat what was captured", graphs_repeat_what_was_captured},
    {"captures follow events to other streams", captures_follow_events_to_other_streams},
    {"work that does not come back is unjoined", work_that_does_not_come_back_is_unjoined},
    {"captures are isolated", captures_are_isolated},
    {"captures do not merge", captures_do_not_merge},
    {"unsafe calls end a capture", unsafe_calls_end_a_capture},
    {"blocking streams are captured without the legacy one", blocking_streams_are_captured_without_the_legacy_one},
    {"modes say whom a capture forbids unsafe calls", modes_say_whom_a_capture_forbids_unsafe_calls},
    {"captures end where they began", captures_end_where_they_began},
    {"launches of a graph are in order", launches_of_a_graph_are_in_order},
    {"graphs are updated if they have the same shape", graphs_are_updated_if_they_have_the_same_shape},
    {"graphs can be part of a capture", graphs_can_be_part_of_a_capture},
};

}  // namespace
