/* Modules, functions and launches. */
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "../emulator.h"
#include "calls.h"
#include "faults.h"
#include "kernels.h"
#include "queue.h"

using namespace standin;

namespace {

constexpr size_t MOST_SHARED = 227 << 10; /* of a block */
constexpr const char *IMAGE = "dlora stand-in 1\n";

/*
 * Images of nvcc (fat binaries, ELF, PTX) have any kernel of this build: what is in them is not read. An image
 * of this build is IMAGE, the names of its kernels, a line each, and the line "end".
 */
std::shared_ptr<Module> read_image(const void *image) {
  require(image != nullptr);
  const auto module = std::make_shared<Module>();
  const unsigned char *bytes = (const unsigned char *)image;
  if (memcmp(bytes, "\x50\xed\x55\xba", 4) == 0 || memcmp(bytes, "\x7f" "ELF", 4) == 0 || memcmp(bytes, "//", 2) == 0 ||
      memcmp(bytes, ".ver", 4) == 0) {
    module->is_image = false;
    return module;
  }
  require(strncmp((const char *)image, IMAGE, strlen(IMAGE)) == 0, CUDA_ERROR_INVALID_IMAGE);
  module->is_image = true;
  std::string name;
  for (const char *at = (const char *)image + strlen(IMAGE); name != "end"; at++) {
    name.clear();
    for (; *at != '\n'; at++) {
      require(*at > ' ' && *at < 127, CUDA_ERROR_INVALID_IMAGE);
      name += *at;
    }
    module->names.insert(name);
  }
  module->names.erase("end");
  return module;
}

CUresult load(CUmodule *handle, const void *image, Context &context) {
  require(handle != nullptr);
  const auto module = read_image(image);
  module->context = &context;
  *handle = state.modules.add(module);
  return CUDA_SUCCESS;
}

bool can_reach(const Context &context, const Allocation &allocation) {
  return allocation.device == context.device ||
         std::any_of(context.peers.begin(), context.peers.end(),
                     [&](const Context *peer) { return peer->device == allocation.device; });
}

/* Pointers are null, or of memory that the device can reach. Called with the lock. */
bool are_there(const Kernel &kernel, const std::vector<unsigned char> &arguments, const Context &context) {
  for (size_t i = 0; i < kernel.arguments.size(); i++) {
    uintptr_t address = 0;
    if (kernel.arguments[i].pointer) {
      memcpy(&address, arguments.data() + kernel.arguments[i].offset, sizeof address);
    }
    const Allocation *allocation = state.memory.find(address, 0);
    if (address && !(allocation && can_reach(context, *allocation)) && !state.memory.find_pinned(address, 0)) {
      fprintf(stderr, "stand-in for CUDA: %s: argument %zu, %#zx, is no memory that device %d can reach\n", kernel.name, i,
              (size_t)address, context.device);
      return false;
    }
  }
  return true;
}

/* What a launch gives a kernel: as pointers to arguments, or as their buffer. */
std::vector<unsigned char> read_arguments(const Kernel &kernel, void **parameters, void **extra) {
  std::vector<unsigned char> arguments(kernel.bytes);
  if (parameters) {
    for (size_t i = 0; i < kernel.arguments.size(); i++) {
      require(parameters[i] != nullptr);
      memcpy(arguments.data() + kernel.arguments[i].offset, parameters[i], kernel.arguments[i].bytes);
    }
    return arguments;
  }
  const void *buffer = nullptr;
  size_t bytes = 0;
  for (; extra && *extra != CU_LAUNCH_PARAM_END; extra += 2) {
    if (*extra == CU_LAUNCH_PARAM_BUFFER_POINTER) {
      buffer = extra[1];
    } else if (*extra == CU_LAUNCH_PARAM_BUFFER_SIZE) {
      bytes = *(const size_t *)extra[1];
    }
  }
  require(buffer && bytes >= kernel.bytes);
  memcpy(arguments.data(), buffer, kernel.bytes);
  return arguments;
}

void check_shape(const Kernel &kernel, dim3 grid, dim3 block, size_t shared, size_t most_shared) {
  require(grid.x > 0 && grid.x <= 0x7fffffff && grid.y > 0 && grid.y <= 65535 && grid.z > 0 && grid.z <= 65535);
  require(block.x > 0 && block.y > 0 && block.z > 0 && block.x <= 1024 && (size_t)block.x * block.y * block.z <= 1024);
  require(shared <= most_shared);
  if (block.y != 1 || block.z != 1 || block.x % 32 != 0) {
    fprintf(stderr, "stand-in for CUDA: %s: it has only blocks of one dimension and whole warps\n", kernel.name);
    throw Refused{CUDA_ERROR_NOT_SUPPORTED};
  }
}

/* Blocks of a kernel on a multiprocessor, by its threads and shared memory. */
int resident_blocks(int threads, size_t shared) {
  require(threads > 0 && threads <= 1024);
  return (int)std::min({(size_t)32, (size_t)2048 / threads, (size_t)(228 << 10) / (shared + 1024)});
}

CUresult launch(CUfunction handle, dim3 grid, dim3 block, size_t shared, CUstream stream_handle, void **parameters,
                void **extra, Context &context, Lock &lock) {
  const auto function = state.functions.get(handle);
  const auto stream = stream_of(context, stream_handle);
  require(function->context == stream->context, CUDA_ERROR_INVALID_HANDLE);
  const Kernel &kernel = *function->kernel;
  check_shape(kernel, grid, block, shared, function->most_shared);
  const auto arguments = read_arguments(kernel, parameters, extra);
  const Context *of = stream->context;
  const auto work = [=, &kernel] {
    {
      Lock locked(state.mutex);
      if (!are_there(kernel, arguments, *of)) {
        return CUDA_ERROR_ILLEGAL_ADDRESS;
      }
    }
    return run_guarded([&] { emulator::launch(kernel.name, grid, block, shared, [&] { kernel.call(arguments.data()); }); });
  };
  submit(stream, CU_GRAPH_NODE_TYPE_KERNEL, kernel.name, work, lock);
  return CUDA_SUCCESS;
}

}  // namespace

CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  return in_context({"cuModuleLoadData", "module", true},
                    [&](Context &context, Lock &) { return load(module, image, context); });
}

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned, int *, void **) {
  return in_context({"cuModuleLoadDataEx", "module", true},
                    [&](Context &context, Lock &) { return load(module, image, context); });
}

CUresult cuModuleLoadFatBinary(CUmodule *module, const void *image) {
  return in_context({"cuModuleLoadFatBinary", "module", true},
                    [&](Context &context, Lock &) { return load(module, image, context); });
}

CUresult cuModuleUnload(CUmodule handle) {
  return in_context({"cuModuleUnload", "module", true}, [&](Context &, Lock &) {
    const auto module = state.modules.remove(handle);
    for (const auto &function : module->functions) {
      state.functions.remove(function.second);
    }
    return CUDA_SUCCESS;
  });
}

CUresult cuModuleGetLoadingMode(int *mode) {
  return in_driver({"cuModuleGetLoadingMode", "module"}, [&](Lock &) {
    require(mode != nullptr);
    *mode = 2; /* CU_MODULE_LAZY_LOADING */
    return CUDA_SUCCESS;
  });
}

CUresult cuModuleGetFunction(CUfunction *handle, CUmodule module_handle, const char *name) {
  return in_context({"cuModuleGetFunction", "function"}, [&](Context &, Lock &) {
    require(handle && name && *name);
    Module &module = *state.modules.get(module_handle);
    const Kernel *kernel = find_kernel(name);
    require(kernel && (!module.is_image || module.names.count(name)), CUDA_ERROR_NOT_FOUND);
    CUfunction &known = module.functions[name];
    if (!known) {
      const auto function = std::make_shared<Function>();
      function->kernel = kernel;
      function->context = module.context;
      known = state.functions.add(function);
    }
    *handle = known;
    return CUDA_SUCCESS;
  });
}

/* No kernel has a global variable. */
CUresult cuModuleGetGlobal_v2(CUdeviceptr *, size_t *, CUmodule module, const char *name) {
  return in_context({"cuModuleGetGlobal_v2", "module"}, [&](Context &, Lock &) {
    require(name != nullptr);
    state.modules.get(module);
    return CUDA_ERROR_NOT_FOUND;
  });
}

CUresult cuFuncGetAttribute(int *value, int attribute, CUfunction handle) {
  return in_context({"cuFuncGetAttribute", "function"}, [&](Context &, Lock &) {
    require(value != nullptr);
    const auto function = state.functions.get(handle);
    switch (attribute) {
      case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
        *value = 1024;
        break;
      case CU_FUNC_ATTRIBUTE_NUM_REGS:
        *value = 64;
        break;
      case CU_FUNC_ATTRIBUTE_PTX_VERSION:
      case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
        *value = 90;
        break;
      case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
        *value = (int)function->most_shared;
        break;
      default:
        *value = 0;
    }
    return CUDA_SUCCESS;
  });
}

CUresult cuFuncSetAttribute(CUfunction handle, int attribute, int value) {
  return in_context({"cuFuncSetAttribute", "function"}, [&](Context &, Lock &) {
    const auto function = state.functions.get(handle);
    if (attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) {
      require(value >= 0 && (size_t)value <= MOST_SHARED);
      function->most_shared = value;
      return CUDA_SUCCESS;
    }
    require(attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT);
    return CUDA_SUCCESS;
  });
}

CUresult cuFuncSetCacheConfig(CUfunction function, int) {
  return in_context({"cuFuncSetCacheConfig", "function"}, [&](Context &, Lock &) {
    state.functions.get(function);
    return CUDA_SUCCESS;
  });
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, CUfunction function, int threads, size_t shared) {
  return in_context({"cuOccupancyMaxActiveBlocksPerMultiprocessor", "function"}, [&](Context &, Lock &) {
    require(blocks != nullptr);
    state.functions.get(function);
    *blocks = resident_blocks(threads, shared);
    return CUDA_SUCCESS;
  });
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, CUfunction function, int threads,
                                                                       size_t shared, unsigned) {
  return in_context({"cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags", "function"}, [&](Context &, Lock &) {
    require(blocks != nullptr);
    state.functions.get(function);
    *blocks = resident_blocks(threads, shared);
    return CUDA_SUCCESS;
  });
}

CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                                 unsigned block_y, unsigned block_z, unsigned shared, CUstream stream, void **parameters,
                                 void **extra) {
  return in_context({"cuLaunchKernel", "launch"}, [&](Context &context, Lock &lock) {
    return launch(function, dim3(grid_x, grid_y, grid_z), dim3(block_x, block_y, block_z), shared, stream, parameters, extra,
                  context, lock);
  });
}
