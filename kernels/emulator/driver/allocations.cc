/* Memory of devices and pinned memory. */
#include "calls.h"
#include "queue.h"

using namespace standin;

namespace {

CUresult allocate(CUdeviceptr *address, size_t bytes, const Context &context, bool by_stream) {
  require(address && bytes > 0);
  *address = state.memory.allocate(context.device, bytes, &context, by_stream);
  return *address ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult allocate_pinned(void **address, size_t bytes, unsigned flags, const Context &context) {
  require(address && bytes > 0);
  *address = (void *)state.memory.allocate_pinned(bytes, &context, flags);
  return *address ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

/* A pinned range by its begin. */
const PinnedRange &pinned_at(const void *address, bool allocated, CUresult otherwise) {
  const auto found = state.memory.pinned().find((uintptr_t)address);
  require(found != state.memory.pinned().end() && found->second.allocated == allocated, otherwise);
  return found->second;
}

/* Work of any device may still use it. */
void run_all_contexts(Lock &lock) {
  for (const auto &context : state.primaries) {
    if (context->active) {
      run_all(*context, lock);
    }
  }
}

const Allocation &allocation_at(CUdeviceptr address) {
  const auto found = state.memory.allocations().find(address);
  require(found != state.memory.allocations().end());
  return found->second;
}

}  // namespace

CUresult cuMemGetInfo_v2(size_t *free, size_t *total) {
  return in_context({"cuMemGetInfo_v2", "memory"}, [&](Context &context, Lock &) {
    require(free && total);
    *total = state.memory.total();
    *free = *total - state.memory.used(context.device);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
  return in_context({"cuMemAlloc_v2", "alloc", true},
                    [&](Context &context, Lock &) { return allocate(address, bytes, context, false); });
}

CUresult cuMemAllocAsync(CUdeviceptr *address, size_t bytes, CUstream handle) {
  return in_context({"cuMemAllocAsync", "alloc"}, [&](Context &context, Lock &) {
    const auto stream = stream_of(context, handle);
    require(!stream->capture, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    return allocate(address, bytes, context, true);
  });
}

/* Waits for all work, but not for that with memory of cuMemAllocAsync. */
CUresult cuMemFree_v2(CUdeviceptr address) {
  return in_context({"cuMemFree_v2", "free", true}, [&](Context &context, Lock &lock) {
    if (address == 0) {
      return CUDA_SUCCESS;
    }
    if (!allocation_at(address).by_stream) {
      run_all(context, lock);
      if (context.error != CUDA_SUCCESS) {
        return context.error;
      }
    }
    allocation_at(address);
    state.memory.free(address);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemFreeAsync(CUdeviceptr address, CUstream handle) {
  return in_context({"cuMemFreeAsync", "free"}, [&](Context &context, Lock &lock) {
    const auto stream = stream_of(context, handle);
    require(!stream->capture, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    allocation_at(address);
    const auto work = [=] {
      Lock locked(state.mutex);
      if (!state.memory.allocations().count(address)) {
        return CUDA_ERROR_ILLEGAL_ADDRESS;
      }
      state.memory.free(address);
      return CUDA_SUCCESS;
    };
    submit(stream, CU_GRAPH_NODE_TYPE_EMPTY, "free", work, lock);
    return CUDA_SUCCESS;
  });
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr *begin, size_t *bytes, CUdeviceptr address) {
  return in_context({"cuMemGetAddressRange_v2", "memory"}, [&](Context &, Lock &) {
    const Allocation *allocation = state.memory.find(address, 1);
    require(allocation != nullptr, CUDA_ERROR_NOT_FOUND);
    if (begin) {
      *begin = allocation->address;
    }
    if (bytes) {
      *bytes = allocation->bytes;
    }
    return CUDA_SUCCESS;
  });
}

CUresult cuMemHostAlloc(void **address, size_t bytes, unsigned flags) {
  return in_context({"cuMemHostAlloc", "pinned", true},
                    [&](Context &context, Lock &) { return allocate_pinned(address, bytes, flags, context); });
}

CUresult cuMemAllocHost_v2(void **address, size_t bytes) {
  return in_context({"cuMemAllocHost_v2", "pinned", true},
                    [&](Context &context, Lock &) { return allocate_pinned(address, bytes, 0, context); });
}

CUresult cuMemFreeHost(void *address) {
  return in_context({"cuMemFreeHost", "free", true}, [&](Context &context, Lock &lock) {
    pinned_at(address, true, CUDA_ERROR_INVALID_VALUE);
    run_all_contexts(lock);
    pinned_at(address, true, CUDA_ERROR_INVALID_VALUE);
    state.memory.free_pinned((uintptr_t)address);
    return context.error;
  });
}

CUresult cuMemHostRegister_v2(void *address, size_t bytes, unsigned flags) {
  return in_context({"cuMemHostRegister_v2", "pinned", true}, [&](Context &context, Lock &) {
    require(address && bytes > 0 && !state.memory.is_of_devices((uintptr_t)address));
    const bool added = state.memory.register_pinned((uintptr_t)address, bytes, &context, flags);
    return added ? CUDA_SUCCESS : CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
  });
}

CUresult cuMemHostUnregister(void *address) {
  return in_context({"cuMemHostUnregister", "free", true}, [&](Context &context, Lock &lock) {
    pinned_at(address, false, CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
    run_all_contexts(lock);
    pinned_at(address, false, CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
    state.memory.unregister((uintptr_t)address);
    return context.error;
  });
}

CUresult cuMemHostGetDevicePointer_v2(CUdeviceptr *device, void *address, unsigned flags) {
  return in_context({"cuMemHostGetDevicePointer_v2", "memory"}, [&](Context &, Lock &) {
    require(device && flags == 0 && state.memory.find_pinned((uintptr_t)address, 1));
    *device = (CUdeviceptr)address;
    return CUDA_SUCCESS;
  });
}

CUresult cuMemHostGetFlags(unsigned *flags, void *address) {
  return in_context({"cuMemHostGetFlags", "memory"}, [&](Context &, Lock &) {
    const PinnedRange *range = state.memory.find_pinned((uintptr_t)address, 1);
    require(flags && range);
    *flags = range->flags;
    return CUDA_SUCCESS;
  });
}
