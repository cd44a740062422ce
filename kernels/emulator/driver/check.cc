/* Runs all checks, each in a process of its own; ends with 1 if one fails. Arguments: names of checks, default all. */
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

namespace {

struct Named {
  std::string name;
  void (*run)();
  std::string settings;
};

std::vector<Named> &checks() {
  static std::vector<Named> all;
  return all;
}

bool run_apart(const Named &check) {
  const pid_t process = fork();
  if (process == 0) {
    std::istringstream settings(check.settings);
    for (std::string setting; settings >> setting;) {
      putenv(strdup(setting.c_str()));
    }
    check.run();
    fflush(nullptr);
    _exit(0);
  }
  int status;
  waitpid(process, &status, 0);
  if (WIFSIGNALED(status)) {
    fprintf(stderr, "signal %d\n", WTERMSIG(status));
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

Check::Check(const char *name, void (*run)(), const char *settings) { checks().push_back({name, run, settings}); }

void fail(const std::string &what) {
  fprintf(stderr, "FAILED: %s\n", what.c_str());
  fflush(nullptr);
  _exit(1);
}

static std::string name_of(CUresult result) {
  const char *name = nullptr;
  cuGetErrorName(result, &name);
  return name ? name : std::to_string(result);
}

void expect_result(const char *call, CUresult actual, CUresult expected) {
  if (actual != expected) {
    fail(std::string(call) + " returned " + name_of(actual) + ", expected " + name_of(expected));
  }
}

void expect_equal(const char *what, double actual, double expected) {
  if (actual != expected && !(std::isnan(actual) && std::isnan(expected))) {
    fail(std::string(what) + " is " + std::to_string(actual) + ", expected " + std::to_string(expected));
  }
}

CUcontext use_device(int device) {
  CUcontext context;
  OK(cuInit(0));
  OK(cuDevicePrimaryCtxRetain(&context, device));
  OK(cuCtxSetCurrent(context));
  return context;
}

CUfunction kernel(const char *file, const char *name) {
  const char *images = getenv("IMAGES");
  std::ifstream image(std::string(images ? images : ".") + "/" + file + ".fatbin", std::ios::binary);
  std::stringstream content;
  content << image.rdbuf();
  CUmodule module;
  CUfunction function;
  OK(cuModuleLoadData(&module, content.str().c_str()));
  OK(cuModuleGetFunction(&function, module, name));
  return function;
}

CUdeviceptr allocate(size_t bytes) {
  CUdeviceptr address;
  OK(cuMemAlloc_v2(&address, bytes));
  return address;
}

CUdeviceptr upload(const std::vector<float> &values) {
  const CUdeviceptr address = allocate(values.size() * sizeof(float));
  OK(cuMemcpyHtoD_v2(address, values.data(), values.size() * sizeof(float)));
  return address;
}

CUdeviceptr upload(const std::vector<int> &values) {
  const CUdeviceptr address = allocate(values.size() * sizeof(int));
  OK(cuMemcpyHtoD_v2(address, values.data(), values.size() * sizeof(int)));
  return address;
}

std::vector<float> download(CUdeviceptr from, size_t count) {
  std::vector<float> values(count);
  OK(cuCtxSynchronize());
  OK(cuMemcpyDtoH_v2(values.data(), from, count * sizeof(float)));
  return values;
}

int *pinned(int value, int count) {
  void *address;
  OK(cuMemHostAlloc(&address, count * sizeof(int), 0));
  std::fill_n((int *)address, count, value);
  return (int *)address;
}

CUstream new_stream(unsigned flags) {
  CUstream stream;
  OK(cuStreamCreate(&stream, flags));
  return stream;
}

CUevent new_event() {
  CUevent event;
  OK(cuEventCreate(&event, CU_EVENT_DEFAULT));
  return event;
}

CUresult launch_move(CUstream stream, CUdeviceptr from, CUdeviceptr to) {
  static std::map<CUcontext, std::pair<CUfunction, CUdeviceptr>> gathers; /* with the index of their row */
  CUcontext context;
  OK(cuCtxGetCurrent(&context));
  auto &gather = gathers[context];
  if (!gather.first) {
    gather = {kernel("rows", "dlora_gather"), upload(std::vector<int>{0})};
  }
  return launch(gather.first, 1, 1, 32, 0, stream, from, gather.second, to, 1);
}

int main(int count, char **names) {
  int failed = 0;
  for (const Named &check : checks()) {
    if (count > 1 && std::find(names + 1, names + count, check.name) == names + count) {
      continue;
    }
    const bool passed = run_apart(check);
    printf("%-60s %s\n", check.name.c_str(), passed ? "passed" : "FAILED");
    fflush(stdout);
    failed += !passed;
  }
  return failed > 0;
}
