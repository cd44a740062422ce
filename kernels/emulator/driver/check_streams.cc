/* The order of work in streams and between them, and that none runs before somebody waits for it. */
#include <pthread.h>

#include <cmath>
#include <thread>

#include "check.h"

namespace {

int value_of(CUdeviceptr address) {
  int value;
  OK(cuMemcpyDtoH_v2(&value, address, sizeof value));
  return value;
}

void work_waits_to_be_waited_for() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr memory = allocate(4);
  int *const result = pinned(7);
  OK(cuMemsetD32Async(memory, 1, 1, stream));
  OK(cuMemcpyDtoHAsync_v2(result, memory, 4, stream));
  EQUAL(*result, 7);
  OK(cuStreamSynchronize(stream));
  EQUAL(*result, 1);
}

void work_of_a_stream_is_in_order() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr a = allocate(40), b = allocate(40);
  OK(cuMemsetD32Async(a, 1, 10, stream));
  OK(cuMemcpyDtoDAsync_v2(b, a, 40, stream));
  OK(cuMemsetD32Async(a, 2, 10, stream));
  OK(launch_move(stream, a, b + 36));
  OK(cuStreamSynchronize(stream));
  EQUAL(value_of(b), 1);
  EQUAL(value_of(b + 32), 1);
  EQUAL(value_of(b + 36), 2);
  EQUAL(value_of(a + 36), 2);
}

void events_order_streams() {
  use_device(0);
  const CUstream first = new_stream(), second = new_stream();
  const CUevent event = new_event();
  const CUdeviceptr memory = allocate(4);
  int *const result = pinned(0);
  OK(cuMemsetD32_v2(memory, 1, 1));
  OK(cuCtxSynchronize());
  OK(cuMemsetD32Async(memory, 2, 1, first));
  OK(cuEventRecord(event, first));
  OK(cuMemsetD32Async(memory, 3, 1, first));
  OK(cuStreamWaitEvent(second, event, 0));
  OK(cuMemcpyDtoHAsync_v2(result, memory, 4, second));
  OK(cuStreamSynchronize(second));
  EQUAL(*result, 2);
  OK(cuStreamSynchronize(first));
  EQUAL(value_of(memory), 3);
}

void a_missing_event_shows() {
  use_device(0);
  const CUstream first = new_stream(), second = new_stream();
  const CUdeviceptr memory = allocate(4);
  int *const result = pinned(0);
  OK(cuMemsetD32_v2(memory, 1, 1));
  OK(cuCtxSynchronize());
  OK(cuMemsetD32Async(memory, 2, 1, first));
  OK(cuMemcpyDtoHAsync_v2(result, memory, 4, second));
  OK(cuStreamSynchronize(second));
  EQUAL(*result, 1);
}

void a_wait_is_for_what_was_recorded_before_it() {
  use_device(0);
  const CUstream first = new_stream(), second = new_stream();
  const CUevent event = new_event();
  const CUdeviceptr memory = allocate(4);
  int *const result = pinned(0);
  OK(cuMemsetD32Async(memory, 1, 1, first));
  OK(cuEventRecord(event, first));
  OK(cuStreamWaitEvent(second, event, 0));
  OK(cuMemsetD32Async(memory, 2, 1, first));
  OK(cuEventRecord(event, first));
  OK(cuMemcpyDtoHAsync_v2(result, memory, 4, second));
  OK(cuStreamSynchronize(second));
  EQUAL(*result, 1);
  OK(cuEventSynchronize(event));
  EQUAL(value_of(memory), 2);
}

void the_legacy_stream_waits_for_blocking_ones() {
  use_device(0);
  const CUstream blocking = new_stream(CU_STREAM_DEFAULT), other = new_stream();
  const CUdeviceptr a = allocate(4), b = allocate(4);
  OK(cuMemsetD32_v2(a, 1, 1));
  OK(cuMemsetD32_v2(b, 1, 1));
  OK(cuCtxSynchronize());
  OK(cuMemsetD32Async(a, 2, 1, blocking));
  OK(cuMemsetD32Async(b, 2, 1, other));
  EQUAL(value_of(a), 2);
  EQUAL(value_of(b), 1);
  OK(cuMemsetD32_v2(a, 3, 1));
  OK(cuMemsetD32Async(a, 4, 1, blocking));
  OK(cuStreamSynchronize(blocking));
  EQUAL(value_of(a), 4);
}

void pageable_memory_is_read_by_the_call_and_pinned_memory_by_the_work() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr a = allocate(4), b = allocate(4);
  int pageable = 1;
  int *const locked = pinned(1);
  OK(cuMemcpyHtoDAsync_v2(a, &pageable, 4, stream));
  OK(cuMemcpyHtoDAsync_v2(b, locked, 4, stream));
  pageable = *locked = 2;
  OK(cuStreamSynchronize(stream));
  EQUAL(value_of(a), 1);
  EQUAL(value_of(b), 2);
  OK(cuMemsetD32Async(a, 5, 1, stream));
  OK(cuMemcpyDtoHAsync_v2(&pageable, a, 4, stream));
  EQUAL(pageable, 5);
}

void queries_make_progress() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUevent event = new_event();
  const CUdeviceptr memory = allocate(4);
  OK(cuEventQuery(event));
  OK(cuStreamQuery(stream));
  OK(cuMemsetD32Async(memory, 1, 1, stream));
  OK(cuEventRecord(event, stream));
  REFUSED(CUDA_ERROR_NOT_READY, cuEventQuery(event));
  OK(cuEventQuery(event));
  OK(cuStreamQuery(stream));
  OK(cuMemsetD32Async(memory, 2, 1, stream));
  REFUSED(CUDA_ERROR_NOT_READY, cuStreamQuery(stream));
  OK(cuStreamQuery(stream));
  EQUAL(value_of(memory), 2);
}

void events_have_times() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUevent begin = new_event(), end = new_event();
  CUevent untimed;
  float milliseconds = -1;
  OK(cuEventCreate(&untimed, CU_EVENT_DISABLE_TIMING));
  REFUSED(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, begin, end));
  OK(cuEventRecord(begin, stream));
  OK(cuMemsetD8Async(allocate(1 << 20), 1, 1 << 20, stream));
  OK(cuEventRecord(end, stream));
  OK(cuEventRecord(untimed, stream));
  REFUSED(CUDA_ERROR_NOT_READY, cuEventElapsedTime(&milliseconds, begin, end));
  OK(cuEventSynchronize(end));
  OK(cuEventElapsedTime(&milliseconds, begin, end));
  EQUAL(milliseconds > 0 && milliseconds < 10000, true);
  REFUSED(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, begin, untimed));
}

void functions_of_the_host_are_in_order() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr memory = allocate(4);
  int *const result = pinned(0);
  OK(cuMemsetD32Async(memory, 3, 1, stream));
  OK(cuMemcpyDtoHAsync_v2(result, memory, 4, stream));
  OK(cuLaunchHostFunc(stream, [](void *value) { *(int *)value *= 10; }, result));
  OK(cuMemcpyHtoDAsync_v2(memory, result, 4, stream));
  EQUAL(*result, 0);
  OK(cuStreamSynchronize(stream));
  EQUAL(value_of(memory), 30);
}

void destroyed_streams_end_their_work() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr memory = allocate(4);
  OK(cuMemsetD32Async(memory, 3, 1, stream));
  OK(cuStreamDestroy_v2(stream));
  REFUSED(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(stream));
  OK(cuCtxSynchronize());
  EQUAL(value_of(memory), 3);
}

void threads_share_a_context() {
  const CUcontext context = use_device(0);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([=] {
      REFUSED(CUDA_ERROR_INVALID_CONTEXT, cuCtxSynchronize());
      OK(cuCtxSetCurrent(context));
      const CUstream stream = new_stream();
      const CUdeviceptr memory = allocate(4);
      int *const result = pinned(0);
      for (int value = 0; value < 300; value++) {
        OK(cuMemsetD32Async(memory, value * 4 + i, 1, stream));
        OK(cuMemcpyDtoHAsync_v2(result, memory, 4, stream));
        OK(cuStreamSynchronize(stream));
        EQUAL(*result, value * 4 + i);
      }
      OK(cuMemFree_v2(memory));
      OK(cuStreamDestroy_v2(stream));
    });
  }
  for (auto &thread : threads) {
    thread.join();
  }
}

void long_queues_run_their_older_part() {
  use_device(0);
  const CUstream first = new_stream(), second = new_stream();
  const CUevent event = new_event();
  const CUdeviceptr memory = allocate(4);
  for (int i = 0; i < 10000; i++) { /* each stream waits for the other in turns */
    const CUstream stream = i % 2 ? first : second;
    OK(cuStreamWaitEvent(stream, event, 0));
    OK(cuMemsetD32Async(memory, i, 1, stream));
    OK(cuEventRecord(event, stream));
  }
  OK(cuEventSynchronize(event));
  EQUAL(value_of(memory), 9999);
}

void eager_work_has_run() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr memory = allocate(4);
  int *const result = pinned(0);
  OK(cuMemsetD32Async(memory, 6, 1, stream));
  OK(cuMemcpyDtoHAsync_v2(result, memory, 4, stream));
  EQUAL(*result, 6);
}

const Check all[] = {
    {"work waits to be waited for", work_waits_to_be_waited_for},
    {"work of a stream is in order", work_of_a_stream_is_in_order},
    {"events order streams", events_order_streams},
    {"a missing event shows", a_missing_event_shows},
    {"a wait is for what was recorded before it", a_wait_is_for_what_was_recorded_before_it},
    {"the legacy stream waits for blocking ones", the_legacy_stream_waits_for_blocking_ones},
    {"pageable memory is read by the call, pinned by the work",
     pageable_memory_is_read_by_the_call_and_pinned_memory_by_the_work},
    {"queries make progress", queries_make_progress},
    {"events have times", events_have_times},
    {"functions of the host are in order", functions_of_the_host_are_in_order},
    {"destroyed streams end their work", destroyed_streams_end_their_work},
    {"threads share a context", threads_share_a_context},
    {"long queues run their older part", long_queues_run_their_older_part},
    {"eager work has run", eager_work_has_run, "CUDA_STANDIN_EAGER=1"},
};

}  // namespace
