/* Devices and contexts. */
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "calls.h"
#include "queue.h"

using namespace standin;

namespace {

Context &primary(CUdevice device) {
  require(device >= 0 && device < (int)state.primaries.size(), CUDA_ERROR_INVALID_DEVICE);
  return *state.primaries[device];
}

void activate(Context &context) {
  if (context.active) {
    return;
  }
  context.active = true;
  context.error = CUDA_SUCCESS;
  context.legacy = std::make_shared<Stream>();
  context.legacy->context = &context;
  context.legacy->blocking = true;
}

/* Handles of contexts are their addresses. */
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

CUresult release(Context &context, Lock &lock) {
  require(context.retained > 0, CUDA_ERROR_INVALID_CONTEXT);
  if (--context.retained == 0) {
    destroy_resources(context, lock);
  }
  return CUDA_SUCCESS;
}

/* As an H100 has them, but for the number of multiprocessors: with fewer, launches have fewer blocks. */
int attribute_of(int attribute, int device) {
  switch (attribute) {
    case 1: /* MAX_THREADS_PER_BLOCK */
    case 2: /* MAX_BLOCK_DIM_X */
    case 3: /* MAX_BLOCK_DIM_Y */
      return 1024;
    case 4: /* MAX_BLOCK_DIM_Z */
      return 64;
    case 5: /* MAX_GRID_DIM_X */
      return 0x7fffffff;
    case 6: /* MAX_GRID_DIM_Y */
    case 7: /* MAX_GRID_DIM_Z */
      return 65535;
    case 8: /* MAX_SHARED_MEMORY_PER_BLOCK */
      return 48 << 10;
    case 9: /* TOTAL_CONSTANT_MEMORY */
      return 64 << 10;
    case 10: /* WARP_SIZE */
      return 32;
    case 11: /* MAX_PITCH */
      return 0x7fffffff;
    case 12: /* MAX_REGISTERS_PER_BLOCK */
    case 82: /* MAX_REGISTERS_PER_MULTIPROCESSOR */
      return 65536;
    case 13: /* CLOCK_RATE, kHz */
      return 1980000;
    case 14: /* TEXTURE_ALIGNMENT */
      return 512;
    case 16: /* MULTIPROCESSOR_COUNT */
      return (int)setting("CUDA_STANDIN_MULTIPROCESSORS", 8);
    case 33: /* PCI_BUS_ID */
      return device + 1;
    case 36: /* MEMORY_CLOCK_RATE, kHz */
      return 2619000;
    case 37: /* GLOBAL_MEMORY_BUS_WIDTH, bits */
      return 5120;
    case 38: /* L2_CACHE_SIZE */
      return 50 << 20;
    case 39: /* MAX_THREADS_PER_MULTIPROCESSOR */
      return 2048;
    case 40: /* ASYNC_ENGINE_COUNT */
      return 3;
    case 75: /* COMPUTE_CAPABILITY_MAJOR */
      return (int)setting("CUDA_STANDIN_CAPABILITY", 90) / 10;
    case 76: /* COMPUTE_CAPABILITY_MINOR */
      return (int)setting("CUDA_STANDIN_CAPABILITY", 90) % 10;
    case 81: /* MAX_SHARED_MEMORY_PER_MULTIPROCESSOR */
      return 228 << 10;
    case 97: /* MAX_SHARED_MEMORY_PER_BLOCK_OPTIN */
      return 227 << 10;
    case 106: /* MAX_BLOCKS_PER_MULTIPROCESSOR */
      return 32;
    case 111: /* RESERVED_SHARED_MEMORY_PER_BLOCK */
      return 1 << 10;
    case 15:  /* GPU_OVERLAP */
    case 19:  /* CAN_MAP_HOST_MEMORY */
    case 31:  /* CONCURRENT_KERNELS */
    case 32:  /* ECC_ENABLED */
    case 41:  /* UNIFIED_ADDRESSING */
    case 78:  /* STREAM_PRIORITIES_SUPPORTED */
    case 79:  /* GLOBAL_L1_CACHE_SUPPORTED */
    case 80:  /* LOCAL_L1_CACHE_SUPPORTED */
    case 90:  /* COMPUTE_PREEMPTION_SUPPORTED */
    case 91:  /* CAN_USE_HOST_POINTER_FOR_REGISTERED_MEM */
    case 99:  /* HOST_REGISTER_SUPPORTED */
    case 113: /* READ_ONLY_HOST_REGISTER_SUPPORTED */
    case 115: /* MEMORY_POOLS_SUPPORTED */
      return 1;
    default:
      return 0;
  }
}

std::string bus_id(CUdevice device) {
  char text[20];
  snprintf(text, sizeof text, "0000:%02X:00.0", device + 1);
  return text;
}

CUresult write_text(const std::string &text, char *to, int bytes) {
  require(to && bytes > 0);
  snprintf(to, bytes, "%s", text.c_str());
  return CUDA_SUCCESS;
}

CUresult write_uuid(CUuuid *uuid, CUdevice device) {
  require(uuid != nullptr);
  primary(device);
  memcpy(uuid->bytes, "dLoRA stand-in \0", 16);
  uuid->bytes[15] = (unsigned char)device;
  return CUDA_SUCCESS;
}

}  // namespace

void standin::destroy_resources(Context &context, Lock &lock) {
  if (!context.active) {
    return;
  }
  discard_all(context, lock);
  for (auto capture = state.captures.begin(); capture != state.captures.end();) {
    capture = (*capture)->origin->context == &context ? state.captures.erase(capture) : std::next(capture);
  }
  state.streams.remove_all(&context);
  state.events.remove_all(&context);
  state.modules.remove_all(&context);
  state.functions.remove_all(&context);
  state.graphs.remove_all(&context);
  state.execs.remove_all(&context);
  state.memory.free_all(&context);
  for (auto *contexts : {&state.primaries, &state.others}) {
    for (const auto &other : *contexts) {
      other->peers.erase(&context);
    }
  }
  context.peers.clear();
  context.streams.clear();
  context.limits.clear();
  context.active = false;
  context.error = CUDA_SUCCESS;
}

CUresult cuInit(unsigned flags) {
  Lock lock(state.mutex);
  const size_t devices = setting("CUDA_STANDIN_DEVICES", 2);
  if (flags != 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (devices == 0) {
    return CUDA_ERROR_NO_DEVICE;
  }
  if (!state.initialised) {
    state.memory.start((int)devices, setting("CUDA_STANDIN_MEMORY", (size_t)2 << 30));
    for (size_t i = 0; i < devices; i++) {
      state.primaries.push_back(std::make_unique<Context>());
      state.primaries.back()->device = (int)i;
      state.primaries.back()->primary = true;
    }
    state.initialised = true;
  }
  return CUDA_SUCCESS;
}

CUresult cuDriverGetVersion(int *version) {
  if (!version) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  *version = (int)setting("CUDA_STANDIN_DRIVER_VERSION", 13000);
  return CUDA_SUCCESS;
}

CUresult cuDeviceGetCount(int *count) {
  return in_driver({"cuDeviceGetCount", "device"}, [&](Lock &) {
    require(count != nullptr);
    *count = (int)state.primaries.size();
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  return in_driver({"cuDeviceGet", "device"}, [&](Lock &) {
    require(device != nullptr);
    primary(ordinal);
    *device = ordinal;
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetName(char *name, int bytes, CUdevice device) {
  return in_driver({"cuDeviceGetName", "device"}, [&](Lock &) {
    primary(device);
    return write_text("dLoRA stand-in", name, bytes);
  });
}

CUresult cuDeviceGetUuid(CUuuid *uuid, CUdevice device) {
  return in_driver({"cuDeviceGetUuid", "device"}, [&](Lock &) { return write_uuid(uuid, device); });
}

CUresult cuDeviceGetUuid_v2(CUuuid *uuid, CUdevice device) {
  return in_driver({"cuDeviceGetUuid_v2", "device"}, [&](Lock &) { return write_uuid(uuid, device); });
}

CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice device) {
  return in_driver({"cuDeviceTotalMem_v2", "device"}, [&](Lock &) {
    require(bytes != nullptr);
    primary(device);
    *bytes = state.memory.total();
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device) {
  return in_driver({"cuDeviceGetAttribute", "device"}, [&](Lock &) {
    require(value && attribute > 0);
    primary(device);
    *value = attribute_of(attribute, device);
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice device) {
  return in_driver({"cuDeviceComputeCapability", "device"}, [&](Lock &) {
    require(major && minor);
    primary(device);
    *major = attribute_of(75, device);
    *minor = attribute_of(76, device);
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetPCIBusId(char *id, int bytes, CUdevice device) {
  return in_driver({"cuDeviceGetPCIBusId", "device"}, [&](Lock &) {
    primary(device);
    return write_text(bus_id(device), id, bytes);
  });
}

CUresult cuDeviceGetByPCIBusId(CUdevice *device, const char *id) {
  return in_driver({"cuDeviceGetByPCIBusId", "device"}, [&](Lock &) {
    require(device && id);
    for (size_t i = 0; i < state.primaries.size(); i++) {
      if (bus_id((int)i) == id) {
        *device = (int)i;
        return CUDA_SUCCESS;
      }
    }
    return CUDA_ERROR_INVALID_DEVICE;
  });
}

CUresult cuDeviceCanAccessPeer(int *can, CUdevice device, CUdevice peer) {
  return in_driver({"cuDeviceCanAccessPeer", "device"}, [&](Lock &) {
    require(can != nullptr);
    *can = &primary(device) != &primary(peer) && setting("CUDA_STANDIN_PEERS", 1);
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  return in_driver({"cuDevicePrimaryCtxRetain", "context"}, [&](Lock &) {
    require(context != nullptr);
    Context &retained = primary(device);
    activate(retained);
    retained.retained++;
    *context = (CUcontext)&retained;
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  return in_driver({"cuDevicePrimaryCtxRelease_v2", "context"}, [&](Lock &lock) { return release(primary(device), lock); });
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  return in_driver({"cuDevicePrimaryCtxReset_v2", "context"}, [&](Lock &lock) {
    destroy_resources(primary(device), lock); /* who retained it still has to release it */
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
  return in_driver({"cuDevicePrimaryCtxSetFlags_v2", "context"}, [&](Lock &) {
    primary(device).flags = flags;
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active) {
  return in_driver({"cuDevicePrimaryCtxGetState", "context"}, [&](Lock &) {
    require(flags && active);
    *flags = primary(device).flags;
    *active = primary(device).active;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device) {
  return in_driver({"cuCtxCreate_v2", "context"}, [&](Lock &) {
    require(context != nullptr);
    primary(device);
    state.others.push_back(std::make_unique<Context>());
    Context &created = *state.others.back();
    created.device = device;
    created.flags = flags;
    activate(created);
    context_stack().push_back(&created);
    *context = (CUcontext)&created;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxDestroy_v2(CUcontext context) {
  return in_driver({"cuCtxDestroy_v2", "context"}, [&](Lock &lock) {
    Context &destroyed = context_of(context);
    require(!destroyed.primary, CUDA_ERROR_INVALID_CONTEXT);
    auto &contexts = context_stack();
    if (!contexts.empty() && contexts.back() == &destroyed) {
      contexts.pop_back();
    }
    destroy_resources(destroyed, lock);
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxSetCurrent(CUcontext context) {
  return in_driver({"cuCtxSetCurrent", "context"}, [&](Lock &) {
    Context *next = context ? &context_of(context) : nullptr;
    auto &contexts = context_stack();
    if (!contexts.empty()) {
      contexts.pop_back();
    }
    if (next) {
      contexts.push_back(next);
    }
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetCurrent(CUcontext *context) {
  return in_driver({"cuCtxGetCurrent", "context"}, [&](Lock &) {
    require(context != nullptr);
    *context = context_stack().empty() ? nullptr : (CUcontext)context_stack().back();
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
  return in_driver({"cuCtxPushCurrent_v2", "context"}, [&](Lock &) {
    context_stack().push_back(&context_of(context));
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxPopCurrent_v2(CUcontext *context) {
  return in_driver({"cuCtxPopCurrent_v2", "context"}, [&](Lock &) {
    auto &contexts = context_stack();
    require(!contexts.empty(), CUDA_ERROR_INVALID_CONTEXT);
    if (context) {
      *context = (CUcontext)contexts.back();
    }
    contexts.pop_back();
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetDevice(CUdevice *device) {
  return in_driver({"cuCtxGetDevice", "context"}, [&](Lock &) {
    require(device != nullptr);
    *device = current_context().device;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetFlags(unsigned *flags) {
  return in_context({"cuCtxGetFlags", "context"}, [&](Context &context, Lock &) {
    require(flags != nullptr);
    *flags = context.flags;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetApiVersion(CUcontext context, unsigned *version) {
  return in_driver({"cuCtxGetApiVersion", "context"}, [&](Lock &) {
    require(version != nullptr);
    context ? context_of(context) : current_context();
    *version = 3020;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxSynchronize() {
  return in_context({"cuCtxSynchronize", "sync", true}, [&](Context &context, Lock &lock) {
    bool captured = false;
    for (const auto &stream : context.streams) {
      if (stream->capture) {
        stream->capture->invalid = captured = true;
      }
    }
    require(!captured, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
    run_all(context, lock);
    return context.error;
  });
}

CUresult cuCtxGetLimit(size_t *value, int limit) {
  return in_context({"cuCtxGetLimit", "context"}, [&](Context &context, Lock &) {
    require(value && limit >= 0 && limit < 16);
    *value = context.limits[limit];
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxSetLimit(int limit, size_t value) {
  return in_context({"cuCtxSetLimit", "context"}, [&](Context &context, Lock &) {
    require(limit >= 0 && limit < 16);
    context.limits[limit] = value;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxSetCacheConfig(int) {
  return in_context({"cuCtxSetCacheConfig", "context"}, [](Context &, Lock &) { return CUDA_SUCCESS; });
}

CUresult cuCtxGetCacheConfig(int *config) {
  return in_context({"cuCtxGetCacheConfig", "context"}, [&](Context &, Lock &) {
    require(config != nullptr);
    *config = 0;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) {
  return in_context({"cuCtxGetStreamPriorityRange", "context"}, [&](Context &, Lock &) {
    if (least) {
      *least = 0;
    }
    if (greatest) {
      *greatest = -5;
    }
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxEnablePeerAccess(CUcontext peer, unsigned flags) {
  return in_context({"cuCtxEnablePeerAccess", "context"}, [&](Context &context, Lock &) {
    require(flags == 0);
    Context &other = context_of(peer);
    require(other.device != context.device, CUDA_ERROR_INVALID_DEVICE);
    require(setting("CUDA_STANDIN_PEERS", 1), CUDA_ERROR_PEER_ACCESS_UNSUPPORTED);
    require(context.peers.insert(&other).second, CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED);
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxDisablePeerAccess(CUcontext peer) {
  return in_context({"cuCtxDisablePeerAccess", "context"}, [&](Context &context, Lock &lock) {
    run_all(context, lock);
    require(context.peers.erase(&context_of(peer)), CUDA_ERROR_PEER_ACCESS_NOT_ENABLED);
    return CUDA_SUCCESS;
  });
}
