/* Contexts, and what ends with them. */
#include "calls.h"
#include "queue.h"

using namespace standin;

namespace {

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

CUresult release(Context &context, Lock &lock) {
  require(context.retained > 0, CUDA_ERROR_INVALID_CONTEXT);
  if (--context.retained == 0) {
    destroy_resources(context, lock);
  }
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

CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  return in_driver({"cuDevicePrimaryCtxRetain", "context"}, [&](Lock &) {
    require(context != nullptr);
    Context &retained = primary_context(device);
    activate(retained);
    retained.retained++;
    *context = (CUcontext)&retained;
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  return in_driver({"cuDevicePrimaryCtxRelease_v2", "context"}, [&](Lock &lock) { return release(primary_context(device), lock); });
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  return in_driver({"cuDevicePrimaryCtxReset_v2", "context"}, [&](Lock &lock) {
    destroy_resources(primary_context(device), lock); /* who retained it still has to release it */
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
  return in_driver({"cuDevicePrimaryCtxSetFlags_v2", "context"}, [&](Lock &) {
    primary_context(device).flags = flags;
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned *flags, int *active) {
  return in_driver({"cuDevicePrimaryCtxGetState", "context"}, [&](Lock &) {
    require(flags && active);
    *flags = primary_context(device).flags;
    *active = primary_context(device).active;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxCreate_v2(CUcontext *context, unsigned flags, CUdevice device) {
  return in_driver({"cuCtxCreate_v2", "context"}, [&](Lock &) {
    require(context != nullptr);
    primary_context(device);
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
