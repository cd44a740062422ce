#include "calls.h"

#include <cstdio>
#include <cstdlib>

namespace standin {

State &state = *new State; /* never destroyed: threads may call while the process ends */

namespace {

bool is_traced() {
  static const bool traced = setting("CUDA_STANDIN_TRACE", 0) != 0;
  return traced;
}

thread_local int capture_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

}  // namespace

size_t setting(const char *name, size_t otherwise) {
  const char *value = getenv(name);
  return value && *value ? strtoull(value, nullptr, 0) : otherwise;
}

const char *name_of(CUresult result) {
  switch ((int)result) {
#define NAME(number, name, text) \
  case number:                   \
    return #name;
    CUDA_RESULTS(NAME)
#undef NAME
  }
  return nullptr;
}

bool is_sticky(CUresult result) {
  switch ((int)result) {
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_NVLINK_UNCORRECTABLE:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED:
      return true;
    default:
      return false;
  }
}

CUresult end(const Call &call, CUresult result) {
  if (result != CUDA_SUCCESS && is_traced()) {
    fprintf(stderr, "stand-in for CUDA: %s returns %s\n", call.name, name_of(result));
  }
  return result;
}

std::vector<Context *> &context_stack() {
  static thread_local std::vector<Context *> contexts;
  return contexts;
}

Context &current_context() {
  const auto &contexts = context_stack();
  require(!contexts.empty(), CUDA_ERROR_INVALID_CONTEXT);
  require(contexts.back()->active, CUDA_ERROR_CONTEXT_IS_DESTROYED);
  return *contexts.back();
}

Context &context_of(CUcontext handle) {
  for (auto *contexts : {&state.primaries, &state.others}) {
    for (const auto &context : *contexts) {
      if (context.get() == (Context *)handle) {
        require(context->active, CUDA_ERROR_CONTEXT_IS_DESTROYED);
        return *context;
      }
    }
  }
  throw Refused{CUDA_ERROR_INVALID_CONTEXT};
}

void refuse_in_captures() {
  bool forbidden = false;
  for (const auto &capture : state.captures) {
    const bool own = pthread_equal(capture->thread, pthread_self());
    const bool forbids = capture_mode == CU_STREAM_CAPTURE_MODE_RELAXED ? false
                         : own                                         ? capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED
                         : capture_mode == CU_STREAM_CAPTURE_MODE_GLOBAL && capture->mode == CU_STREAM_CAPTURE_MODE_GLOBAL;
    if (forbids) {
      capture->invalid = forbidden = true;
    }
  }
  require(!forbidden, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
}

}  // namespace standin

using namespace standin;

CUresult cuGetErrorName(CUresult result, const char **name) {
  if (!name) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *name = name_of(result);
  return *name ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGetErrorString(CUresult result, const char **text) {
  if (!text) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *text = nullptr;
  switch ((int)result) {
#define TEXT(number, name, words) \
  case number:                    \
    *text = words;                \
    break;
    CUDA_RESULTS(TEXT)
#undef TEXT
  }
  return *text ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode) {
  return in_driver({"cuThreadExchangeStreamCaptureMode", "capture"}, [&](Lock &) {
    require(mode && *mode >= CU_STREAM_CAPTURE_MODE_GLOBAL && *mode <= CU_STREAM_CAPTURE_MODE_RELAXED);
    const int before = capture_mode;
    capture_mode = *mode;
    *mode = (CUstreamCaptureMode)before;
    return CUDA_SUCCESS;
  });
}
