/* Memory: what is allocated, what is refused, and what only devices can reach. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>

#include "check.h"

namespace {

void memory_is_counted() {
  use_device(0);
  size_t free = 0, total = 0, after = 0;
  OK(cuMemGetInfo_v2(&free, &total));
  EQUAL(total, 1 << 20);
  EQUAL(free, total);
  const CUdeviceptr half = allocate(512 << 10);
  OK(cuMemGetInfo_v2(&after, &total));
  EQUAL(after, free - (512 << 10));
  CUdeviceptr other = 0;
  REFUSED(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&other, (512 << 10) + 1));
  OK(cuMemAlloc_v2(&other, 512 << 10));
  REFUSED(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&other, 1));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&other, 0));
  OK(cuMemFree_v2(half));
  OK(cuMemAlloc_v2(&other, 100)); /* a failed allocation is no error of the context */
  use_device(1);
  OK(cuMemGetInfo_v2(&free, &total));
  EQUAL(free, 1 << 20);
}

void freed_and_foreign_addresses_are_refused() {
  use_device(0);
  const CUdeviceptr memory = allocate(100), freed = allocate(100);
  char host[200] = {};
  OK(cuMemFree_v2(freed));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(freed));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(memory + 4));
  OK(cuMemFree_v2(0));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(freed, host, 4));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(host, memory, 101));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(host, memory + 97, 4));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoH_v2(host, (CUdeviceptr)host, 4));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemsetD8_v2(memory, 0, 101));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemsetD32_v2(memory + 2, 0, 1));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoD_v2(memory, 0, 4));
  OK(cuMemcpyDtoH_v2(host, memory + 96, 4));
}

void new_memory_holds_not_a_numbers() {
  use_device(0);
  EQUAL(download(allocate(4), 1)[0], NAN);
}

void addresses_are_used_again_last() {
  use_device(0);
  const CUdeviceptr first = allocate(1000);
  OK(cuMemFree_v2(first));
  EQUAL(allocate(1000) == first, false);
}

void the_host_cannot_reach_memory_of_devices() {
  use_device(0);
  const CUdeviceptr memory = allocate(4);
  const int key = pkey_alloc(0, 0);
  if (key < 0) {
    printf("(no protection keys here: the host can reach memory of devices)\n");
    return;
  }
  const pid_t process = fork();
  if (process == 0) {
    signal(SIGSEGV, [](int) { _exit(3); });
    _exit(*(volatile int *)memory == 0 ? 1 : 2);
  }
  int status;
  waitpid(process, &status, 0);
  EQUAL(WIFEXITED(status) && WEXITSTATUS(status) == 3, true);
}

void pinned_memory_is_registered_once() {
  use_device(0);
  static char memory[8192];
  OK(cuMemHostRegister_v2(memory, 4096, 0));
  REFUSED(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, cuMemHostRegister_v2(memory, 4096, 0));
  REFUSED(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, cuMemHostRegister_v2(memory + 4000, 4096, 0));
  CUdeviceptr device = 0;
  OK(cuMemHostGetDevicePointer_v2(&device, memory + 8, 0));
  EQUAL(device, (CUdeviceptr)(memory + 8));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemFreeHost(memory));
  OK(cuMemHostUnregister(memory));
  REFUSED(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, cuMemHostUnregister(memory));
  int *const allocated = pinned(1);
  REFUSED(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, cuMemHostUnregister(allocated));
  OK(cuMemFreeHost(allocated));
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemFreeHost(allocated));
}

void kernels_reach_pinned_memory() {
  use_device(0);
  float *const values = (float *)pinned(0, 2);
  values[0] = 2.5f;
  OK(launch_move(nullptr, (CUdeviceptr)values, (CUdeviceptr)(values + 1)));
  OK(cuCtxSynchronize());
  EQUAL(values[1], 2.5);
}

void frees_of_a_stream_are_in_its_order() {
  use_device(0);
  const CUstream stream = new_stream();
  CUdeviceptr memory = 0;
  int *const result = pinned(0);
  OK(cuMemAllocAsync(&memory, 4, stream));
  OK(cuMemsetD32Async(memory, 8, 1, stream));
  OK(cuMemcpyDtoHAsync_v2(result, memory, 4, stream));
  OK(cuMemFreeAsync(memory, stream));
  OK(cuStreamSynchronize(stream));
  EQUAL(*result, 8);
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuMemsetD32Async(memory, 8, 1, stream));
  OK(cuMemAllocAsync(&memory, 4, stream));
  OK(cuMemFreeAsync(memory, stream));
  OK(cuMemsetD32Async(memory, 8, 1, stream));
  REFUSED(CUDA_ERROR_ILLEGAL_ADDRESS, cuStreamSynchronize(stream));
}

void frees_wait_for_work() {
  use_device(0);
  const CUstream stream = new_stream();
  const CUdeviceptr a = allocate(4), b = allocate(4);
  OK(cuMemsetD32Async(a, 4, 1, stream));
  OK(launch_move(stream, a, b));
  OK(cuMemFree_v2(a));
  OK(cuStreamSynchronize(stream));
}

void devices_copy_to_each_other() {
  const CUcontext first = use_device(0);
  const CUdeviceptr a = upload(std::vector<float>{1, 2, 3});
  const CUcontext second = use_device(1);
  const CUdeviceptr b = allocate(12);
  const CUstream stream = new_stream();
  int can = 0;
  OK(cuDeviceCanAccessPeer(&can, 0, 1));
  EQUAL(can, 1);
  OK(cuDeviceCanAccessPeer(&can, 1, 1));
  EQUAL(can, 0);
  OK(cuMemcpyPeerAsync(b, second, a, first, 12, stream));
  OK(cuStreamSynchronize(stream));
  EQUAL(download(b, 3)[2], 3);
  OK(cuMemcpyPeer(a, first, b + 8, second, 4));
  OK(cuCtxSetCurrent(first));
  EQUAL(download(a, 1)[0], 3);
  const CUevent event = new_event();
  OK(cuEventRecord(event, nullptr));
  OK(cuCtxSetCurrent(second));
  OK(cuStreamWaitEvent(stream, event, 0)); /* events order streams of devices too */
  REFUSED(CUDA_ERROR_INVALID_HANDLE, cuEventRecord(event, stream));
}

void kernels_reach_peers_that_are_enabled() {
  const CUcontext first = use_device(0);
  const CUdeviceptr a = upload(std::vector<float>{5});
  use_device(1);
  const CUdeviceptr b = allocate(4);
  OK(cuCtxEnablePeerAccess(first, 0));
  REFUSED(CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED, cuCtxEnablePeerAccess(first, 0));
  OK(launch_move(nullptr, a, b));
  EQUAL(download(b, 1)[0], 5);
  OK(cuCtxDisablePeerAccess(first));
  OK(launch_move(nullptr, a, b));
  REFUSED(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
}

const Check all[] = {
    {"memory is counted", memory_is_counted, "CUDA_STANDIN_MEMORY=0x100000"},
    {"freed and foreign addresses are refused", freed_and_foreign_addresses_are_refused},
    {"new memory holds not-a-numbers", new_memory_holds_not_a_numbers},
    {"addresses are used again last", addresses_are_used_again_last},
    {"the host cannot reach memory of devices", the_host_cannot_reach_memory_of_devices},
    {"pinned memory is registered once", pinned_memory_is_registered_once},
    {"kernels reach pinned memory", kernels_reach_pinned_memory},
    {"frees of a stream are in its order", frees_of_a_stream_are_in_its_order},
    {"frees wait for work", frees_wait_for_work},
    {"devices copy to each other", devices_copy_to_each_other},
    {"kernels reach peers that are enabled", kernels_reach_peers_that_are_enabled},
};

}  // namespace
