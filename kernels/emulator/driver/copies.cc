/* Copies and fills. */
#include <cstring>

#include "calls.h"
#include "queue.h"

using namespace standin;

namespace {

enum class Kind { DEVICE, PINNED, PAGEABLE };

struct Place {
  Kind kind;
  int device; /* of device memory, or -1 */
};

Place place_of(uintptr_t address, size_t bytes) {
  if (const Allocation *allocation = state.memory.find(address, bytes)) {
    return {Kind::DEVICE, allocation->device};
  }
  if (state.memory.find_pinned(address, bytes)) {
    return {Kind::PINNED, -1};
  }
  require(address != 0 && !state.memory.is_of_devices(address));
  return {Kind::PAGEABLE, -1};
}

/* Whether memory of a device or pinned memory is still what it was when a copy was submitted. */
bool is_there(Kind kind, uintptr_t address, size_t bytes) {
  return kind == Kind::PAGEABLE || (kind == Kind::DEVICE ? (bool)state.memory.find(address, bytes) : (bool)state.memory.find_pinned(address, bytes));
}

/* A capture refers to memory that is there whenever its graph is launched, which a call's own arguments are not. */
void refuse_pageable_in_capture(const Stream &stream, const Place &to, const Place &from) {
  if (stream.capture && (to.kind == Kind::PAGEABLE || from.kind == Kind::PAGEABLE)) {
    stream.capture->invalid = true;
    throw Refused{CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED};
  }
}

/*
 * Pageable memory is read at the time of the call, and written before it returns. All other memory is read and
 * written when the work runs.
 */
CUresult copy(const std::shared_ptr<Stream> &stream, uintptr_t to, uintptr_t from, size_t bytes, Lock &lock) {
  if (bytes == 0) {
    return CUDA_SUCCESS;
  }
  const Place target = place_of(to, bytes), source = place_of(from, bytes);
  refuse_pageable_in_capture(*stream, target, source);
  std::shared_ptr<std::vector<unsigned char>> staged;
  if (source.kind == Kind::PAGEABLE) {
    staged = std::make_shared<std::vector<unsigned char>>((unsigned char *)from, (unsigned char *)from + bytes);
  }
  const auto work = [=] {
    {
      Lock locked(state.mutex);
      if (!is_there(target.kind, to, bytes) || !is_there(source.kind, from, bytes)) {
        return CUDA_ERROR_ILLEGAL_ADDRESS;
      }
    }
    state.memory.open({target.device, source.device});
    memmove((void *)to, staged ? staged->data() : (const void *)from, bytes);
    return CUDA_SUCCESS;
  };
  submit(stream, CU_GRAPH_NODE_TYPE_MEMCPY, "copy", work, lock);
  if (target.kind == Kind::PAGEABLE) {
    run_until(end_of(stream), lock);
    return stream->context->error;
  }
  return CUDA_SUCCESS;
}

/* A copy that is done when the call returns. */
CUresult copy_now(Context &context, uintptr_t to, uintptr_t from, size_t bytes, Lock &lock) {
  const auto stream = stream_of(context, nullptr);
  const CUresult result = copy(stream, to, from, bytes, lock);
  run_until(end_of(stream), lock);
  return result != CUDA_SUCCESS ? result : context.error;
}

/* Addresses that a call names as those of a device, or of the host. */
void require_device(uintptr_t address, size_t bytes) { require(bytes == 0 || place_of(address, bytes).kind != Kind::PAGEABLE); }

void require_host(uintptr_t address, size_t bytes) { require(bytes == 0 || place_of(address, bytes).kind != Kind::DEVICE); }

template <class T>
CUresult fill(const Call &call, CUdeviceptr to, T value, size_t count, CUstream handle) {
  return in_context(call, [&](Context &context, Lock &lock) {
    const auto stream = stream_of(context, handle);
    require(to % sizeof(T) == 0 && count <= SIZE_MAX / sizeof(T));
    if (count == 0) {
      return CUDA_SUCCESS;
    }
    const Place target = place_of(to, count * sizeof(T));
    require(target.kind != Kind::PAGEABLE);
    const auto work = [=] {
      {
        Lock locked(state.mutex);
        if (!is_there(target.kind, to, count * sizeof(T))) {
          return CUDA_ERROR_ILLEGAL_ADDRESS;
        }
      }
      state.memory.open({target.device});
      for (size_t i = 0; i < count; i++) {
        ((T *)to)[i] = value;
      }
      return CUDA_SUCCESS;
    };
    submit(stream, CU_GRAPH_NODE_TYPE_MEMSET, "fill", work, lock);
    return CUDA_SUCCESS;
  });
}

}  // namespace

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, size_t bytes) {
  return in_context({"cuMemcpyHtoD_v2", "copy", true}, [&](Context &context, Lock &lock) {
    require_device(to, bytes);
    require_host((uintptr_t)from, bytes);
    return copy_now(context, to, (uintptr_t)from, bytes, lock);
  });
}

CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t bytes) {
  return in_context({"cuMemcpyDtoH_v2", "copy", true}, [&](Context &context, Lock &lock) {
    require_host((uintptr_t)to, bytes);
    require_device(from, bytes);
    return copy_now(context, (uintptr_t)to, from, bytes, lock);
  });
}

/* It does not wait for copies from device to device. */
CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return in_context({"cuMemcpyDtoD_v2", "copy", true}, [&](Context &context, Lock &lock) {
    require_device(to, bytes);
    require_device(from, bytes);
    return copy(stream_of(context, nullptr), to, from, bytes, lock);
  });
}

CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return in_context({"cuMemcpy", "copy", true},
                    [&](Context &context, Lock &lock) { return copy_now(context, to, from, bytes, lock); });
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, size_t bytes, CUstream stream) {
  return in_context({"cuMemcpyHtoDAsync_v2", "copy"}, [&](Context &context, Lock &lock) {
    require_device(to, bytes);
    require_host((uintptr_t)from, bytes);
    return copy(stream_of(context, stream), to, (uintptr_t)from, bytes, lock);
  });
}

CUresult cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return in_context({"cuMemcpyDtoHAsync_v2", "copy"}, [&](Context &context, Lock &lock) {
    require_host((uintptr_t)to, bytes);
    require_device(from, bytes);
    return copy(stream_of(context, stream), (uintptr_t)to, from, bytes, lock);
  });
}

CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return in_context({"cuMemcpyDtoDAsync_v2", "copy"}, [&](Context &context, Lock &lock) {
    require_device(to, bytes);
    require_device(from, bytes);
    return copy(stream_of(context, stream), to, from, bytes, lock);
  });
}

CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return in_context({"cuMemcpyAsync", "copy"}, [&](Context &context, Lock &lock) {
    return copy(stream_of(context, stream), to, from, bytes, lock);
  });
}

/* It comes after all work of both contexts. */
CUresult cuMemcpyPeer(CUdeviceptr to, CUcontext to_context, CUdeviceptr from, CUcontext from_context, size_t bytes) {
  return in_context({"cuMemcpyPeer", "copy", true}, [&](Context &context, Lock &lock) {
    require_device(to, bytes);
    require_device(from, bytes);
    for (const CUcontext handle : {to_context, from_context}) {
      require(handle && ((Context *)handle)->active, CUDA_ERROR_INVALID_CONTEXT);
      run_all(*(Context *)handle, lock);
    }
    return copy_now(context, to, from, bytes, lock);
  });
}

CUresult cuMemcpyPeerAsync(CUdeviceptr to, CUcontext to_context, CUdeviceptr from, CUcontext from_context,
                                    size_t bytes, CUstream stream) {
  return in_context({"cuMemcpyPeerAsync", "copy"}, [&](Context &context, Lock &lock) {
    require_device(to, bytes);
    require_device(from, bytes);
    require(to_context && from_context, CUDA_ERROR_INVALID_CONTEXT);
    return copy(stream_of(context, stream), to, from, bytes, lock);
  });
}

CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
  return fill({"cuMemsetD8_v2", "memset", true}, to, value, count, nullptr);
}

CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t count) {
  return fill({"cuMemsetD16_v2", "memset", true}, to, value, count, nullptr);
}

CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) {
  return fill({"cuMemsetD32_v2", "memset", true}, to, value, count, nullptr);
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream) {
  return fill({"cuMemsetD8Async", "memset"}, to, value, count, stream);
}

CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t count, CUstream stream) {
  return fill({"cuMemsetD16Async", "memset"}, to, value, count, stream);
}

CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream) {
  return fill({"cuMemsetD32Async", "memset"}, to, value, count, stream);
}
