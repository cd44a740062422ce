/* Errors of calls and of work, and failures that tests inject. */
#include <cstring>

#include "check.h"

namespace {

void calls_need_a_context() {
  CUdeviceptr memory;
  REFUSED(CUDA_ERROR_NOT_INITIALIZED, cuMemAlloc_v2(&memory, 4));
  OK(cuInit(0));
  REFUSED(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc_v2(&memory, 4));
  use_device(0);
  OK(cuMemAlloc_v2(&memory, 4));
  OK(cuDevicePrimaryCtxRelease_v2(0));
  REFUSED(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuMemAlloc_v2(&memory, 4));
  REFUSED(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease_v2(0));
  CUdevice device;
  REFUSED(CUDA_ERROR_INVALID_DEVICE, cuDeviceGet(&device, 2));
}

void devices_and_drivers_are_settings() {
  OK(cuInit(0));
  int value = 0;
  OK(cuDeviceGetCount(&value));
  EQUAL(value, 3);
  OK(cuDriverGetVersion(&value));
  EQUAL(value, 12040);
  const int capabilities[] = {80, 90, 90};
  for (int device = 0; device < 3; device++) {
    int minor = 0;
    OK(cuDeviceGetAttribute(&value, 75, device));
    OK(cuDeviceGetAttribute(&minor, 76, device));
    EQUAL(10 * value + minor, capabilities[device]);
  }
  size_t bytes = 0;
  OK(cuDeviceTotalMem_v2(&bytes, 2));
  EQUAL(bytes, 1000000);
}

void there_may_be_no_device() { REFUSED(CUDA_ERROR_NO_DEVICE, cuInit(0)); }

void kernels_that_reach_beyond_their_memory_end_the_context() {
  use_device(0);
  const CUfunction silu = kernel("silu_mul", "dlora_silu_mul");
  const CUdeviceptr x = upload(std::vector<float>(128)), out = allocate(64 * 4);
  const CUstream stream = new_stream();
  CUdeviceptr memory;
  OK(launch(silu, 1, 1, 32, 0, stream, x, out, 64));
  OK(cuStreamSynchronize(stream));
  OK(launch(silu, 1, 1, 32, 0, stream, x, out, 100000));
  OK(launch(silu, 1, 1, 32, 0, stream, x, out, 64));
  REFUSED(CUDA_ERROR_ILLEGAL_ADDRESS, cuStreamSynchronize(stream));
  REFUSED(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemAlloc_v2(&memory, 4));
  REFUSED(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
  REFUSED(CUDA_ERROR_ILLEGAL_ADDRESS, launch(silu, 1, 1, 32, 0, stream, x, out, 64));
  const CUcontext other = use_device(1); /* its context has no error */
  OK(cuMemAlloc_v2(&memory, 4));
  OK(cuDevicePrimaryCtxReset_v2(0));
  use_device(0);
  REFUSED(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(stream));
  const CUfunction again = kernel("silu_mul", "dlora_silu_mul");
  OK(launch(again, 1, 1, 32, 0, nullptr, upload(std::vector<float>(128)), allocate(64 * 4), 64));
  OK(cuCtxSynchronize());
  OK(cuCtxSetCurrent(other));
  OK(cuMemFree_v2(memory));
}

void arguments_are_memory_that_the_device_can_reach() {
  use_device(0);
  const CUfunction silu = kernel("silu_mul", "dlora_silu_mul");
  static float host[128];
  OK(launch(silu, 1, 1, 32, 0, nullptr, (CUdeviceptr)host, allocate(64 * 4), 64));
  REFUSED(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
}

void freed_memory_is_no_argument() {
  use_device(0);
  const CUfunction silu = kernel("silu_mul", "dlora_silu_mul");
  const CUdeviceptr x = upload(std::vector<float>(128));
  OK(cuMemFree_v2(x));
  OK(launch(silu, 1, 1, 32, 0, nullptr, x, allocate(64 * 4), 64));
  REFUSED(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
}

/* A grid of which some blocks would wait at a barrier that others do not reach. */
void undefined_behaviour_is_a_failed_launch() {
  use_device(0);
  const CUfunction linear = kernel("linear_bf16", "dlora_linear_bf16_16");
  const CUdeviceptr memory = upload(std::vector<float>(4096));
  OK(launch(linear, 1, 1, 128, (16 + 64) * 80 * 3, nullptr, memory + 4, memory, 8, CUdeviceptr(0), allocate(4096), 1, 8, 8, 0));
  REFUSED(CUDA_ERROR_LAUNCH_FAILED, cuCtxSynchronize());
}

void shapes_of_launches_are_checked() {
  use_device(0);
  const CUfunction linear = kernel("linear_bf16", "dlora_linear_bf16_128");
  const CUdeviceptr memory = upload(std::vector<float>(4096));
  const auto launch_with = [&](unsigned grid, unsigned threads, unsigned shared) {
    return launch(linear, grid, 1, threads, shared, nullptr, memory, memory, 8, CUdeviceptr(0), memory, 1, 8, 8, 0);
  };
  constexpr unsigned SHARED = (128 + 128) * 80 * 3;
  REFUSED(CUDA_ERROR_INVALID_VALUE, launch_with(0, 256, 0));
  REFUSED(CUDA_ERROR_INVALID_VALUE, launch_with(1, 2048, 0));
  REFUSED(CUDA_ERROR_NOT_SUPPORTED, launch_with(1, 100, 0));
  REFUSED(CUDA_ERROR_INVALID_VALUE, launch_with(1, 256, SHARED)); /* over 48 KiB */
  REFUSED(CUDA_ERROR_INVALID_VALUE,
          cuFuncSetAttribute(linear, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 228 << 10));
  OK(cuFuncSetAttribute(linear, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, SHARED));
  OK(launch_with(1, 256, SHARED));
  OK(cuCtxSynchronize());
}

void arguments_come_as_a_buffer_too() {
  use_device(0);
  const CUfunction silu = kernel("silu_mul", "dlora_silu_mul");
  struct {
    CUdeviceptr x, out;
    int n;
  } arguments = {upload(std::vector<float>{2, 3}), allocate(4), 1};
  size_t bytes = sizeof arguments;
  void *extra[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, &arguments, CU_LAUNCH_PARAM_BUFFER_SIZE, &bytes, CU_LAUNCH_PARAM_END};
  OK(cuLaunchKernel(silu, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, extra));
  EQUAL((int)(download(arguments.out, 1)[0] * 1000), 5284);
  bytes = 16;
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(silu, 1, 1, 1, 32, 1, 1, 0, nullptr, nullptr, extra));
}

void modules_have_the_kernels_of_their_image() {
  use_device(0);
  CUmodule module;
  CUfunction function;
  CUdeviceptr global;
  size_t bytes;
  REFUSED(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&module, "something else"));
  REFUSED(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&module, "dlora stand-in 1\ndlora_rope"));
  OK(cuModuleLoadData(&module, "dlora stand-in 1\ndlora_rope\nend\n"));
  OK(cuModuleGetFunction(&function, module, "dlora_rope"));
  REFUSED(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&function, module, "dlora_silu_mul"));
  REFUSED(CUDA_ERROR_NOT_FOUND, cuModuleGetGlobal_v2(&global, &bytes, module, "dlora_rope"));
  OK(cuModuleUnload(module));
  REFUSED(CUDA_ERROR_INVALID_HANDLE, cuModuleGetFunction(&function, module, "dlora_rope"));
  REFUSED(CUDA_ERROR_INVALID_HANDLE, cuFuncSetCacheConfig(function, 0));
  const unsigned char fatbin[16] = {0x50, 0xed, 0x55, 0xba, 1, 0, 16};
  OK(cuModuleLoadFatBinary(&module, fatbin));
  OK(cuModuleGetFunction(&function, module, "dlora_silu_mul"));
  REFUSED(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&function, module, "dlora_none"));
}

void settings_inject_failures() {
  use_device(0);
  const CUdeviceptr first = allocate(4);
  CUdeviceptr memory;
  REFUSED(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&memory, 4));
  OK(cuMemAlloc_v2(&memory, 4));
  const CUfunction gather = kernel("rows", "dlora_gather");
  const auto launch_gather = [&] { return launch(gather, 1, 1, 32, 0, nullptr, first, first, first, 0); };
  OK(launch_gather());
  OK(cuCtxSynchronize());
  OK(launch_gather()); /* its work fails */
  REFUSED(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
  REFUSED(CUDA_ERROR_ILLEGAL_ADDRESS, launch_gather());
}

void tests_inject_failures() {
  use_device(0);
  const CUdeviceptr memory = allocate(4);
  CUdeviceptr other;
  standin_fail_next("cuMemAlloc", CUDA_ERROR_OUT_OF_MEMORY, 1);
  OK(cuMemAlloc_v2(&other, 4));
  REFUSED(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&other, 4));
  OK(cuMemAlloc_v2(&other, 4));
  standin_fail_next("memset", CUDA_ERROR_ECC_UNCORRECTABLE, 0);
  OK(cuMemsetD32Async(memory, 0, 1, nullptr));
  REFUSED(CUDA_ERROR_ECC_UNCORRECTABLE, cuCtxSynchronize());
  EQUAL(standin_calls("cuMemAlloc_v2"), 4);
  EQUAL(standin_calls("memset"), 1);
  standin_fail_next("alloc", CUDA_ERROR_OUT_OF_MEMORY, 0);
  standin_reset();
  EQUAL(standin_calls("cuMemAlloc_v2"), 0);
  use_device(0);
  OK(cuMemAlloc_v2(&other, 4));
}

void what_is_left_is_counted() {
  use_device(0);
  EQUAL(standin_outstanding(), 1); /* the context */
  const CUdeviceptr memory = allocate(1000);
  int *const host = pinned(0, 25);
  const CUstream stream = new_stream();
  const CUevent event = new_event();
  EQUAL(standin_outstanding(), 5);
  char text[300];
  standin_describe(text, sizeof text);
  EQUAL(strncmp(text, "1 allocations with 1000 bytes, 1 pinned ranges with 100 bytes, 1 streams, 1 events", 82), 0);
  OK(cuMemFree_v2(memory));
  OK(cuMemFreeHost(host));
  OK(cuStreamDestroy_v2(stream));
  OK(cuEventDestroy_v2(event));
  OK(cuDevicePrimaryCtxRelease_v2(0));
  EQUAL(standin_outstanding(), 0);
}

void errors_have_names() {
  const char *text = nullptr;
  OK(cuGetErrorName((CUresult)700, &text));
  EQUAL(strcmp(text, "CUDA_ERROR_ILLEGAL_ADDRESS"), 0);
  OK(cuGetErrorString((CUresult)2, &text));
  EQUAL(strcmp(text, "out of memory"), 0);
  REFUSED(CUDA_ERROR_INVALID_VALUE, cuGetErrorName((CUresult)12345, &text));
  EQUAL(text == nullptr, true);
}

const Check all[] = {
    {"calls need a context", calls_need_a_context},
    {"devices and drivers are settings", devices_and_drivers_are_settings,
     "CUDA_STANDIN_DEVICES=3 CUDA_STANDIN_DRIVER_VERSION=12040 CUDA_STANDIN_CAPABILITY=80,90 CUDA_STANDIN_MEMORY=1000000"},
    {"there may be no device", there_may_be_no_device, "CUDA_STANDIN_DEVICES=0"},
    {"kernels that reach beyond their memory end the context", kernels_that_reach_beyond_their_memory_end_the_context},
    {"arguments are memory that the device can reach", arguments_are_memory_that_the_device_can_reach},
    {"freed memory is no argument", freed_memory_is_no_argument},
    {"undefined behaviour is a failed launch", undefined_behaviour_is_a_failed_launch},
    {"shapes of launches are checked", shapes_of_launches_are_checked},
    {"arguments come as a buffer too", arguments_come_as_a_buffer_too},
    {"modules have the kernels of their image", modules_have_the_kernels_of_their_image},
    {"settings inject failures", settings_inject_failures, "CUDA_STANDIN_FAULTS=alloc:2,launch:2:ILLEGAL_ADDRESS"},
    {"tests inject failures", tests_inject_failures},
    {"what is left is counted", what_is_left_is_counted},
    {"errors have names", errors_have_names},
};

}  // namespace
