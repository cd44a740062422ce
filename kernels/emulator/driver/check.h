/* Checks of the stand-in through the driver API. Each runs in a process of its own. */
#ifndef DLORA_DRIVER_CHECK_H
#define DLORA_DRIVER_CHECK_H

#include <string>
#include <vector>

#include "cuda_api.h"
#include "standin.h"

/* A check; those of all files run. settings: NAME=VALUE of the environment, separated by spaces. */
class Check {
 public:
  Check(const char *name, void (*run)(), const char *settings = "");
};

/* Fails the check, in words. */
[[noreturn]] void fail(const std::string &what);

/* Fails unless a call returned what it should. */
void expect_result(const char *call, CUresult actual, CUresult expected);

#define OK(call) expect_result(#call, call, CUDA_SUCCESS)
#define REFUSED(result, call) expect_result(#call, call, result)

void expect_equal(const char *what, double actual, double expected);

#define EQUAL(actual, expected) expect_equal(#actual, (double)(actual), (double)(expected))

/* The primary context of a device, current on this thread. */
CUcontext use_device(int device);

/* A kernel, of the image of its file. */
CUfunction kernel(const char *file, const char *name);

/* Device memory. */
CUdeviceptr allocate(size_t bytes);
CUdeviceptr upload(const std::vector<float> &values);
CUdeviceptr upload(const std::vector<int> &values);

/* Waits for all work of the context. */
std::vector<float> download(CUdeviceptr from, size_t count);

/* Pinned memory with an int. */
int *pinned(int value, int count = 1);

CUstream new_stream(unsigned flags = CU_STREAM_NON_BLOCKING);
CUevent new_event();

/* Launches a kernel with its arguments. */
template <class... A>
CUresult launch(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned threads, unsigned shared, CUstream stream,
                A... arguments) {
  void *parameters[] = {(void *)&arguments...};
  return cuLaunchKernel(function, grid_x, grid_y, 1, threads, 1, 1, shared, stream, parameters, nullptr);
}

/* dlora_gather of one row with one element: *to = *from, as a kernel. */
CUresult launch_move(CUstream stream, CUdeviceptr from, CUdeviceptr to);

#endif
