/* Devices. */
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "calls.h"

using namespace standin;

namespace {

/* Of a list of numbers separated by commas, one for each device; the last one for those behind it. */
int capability_of(int device) {
  const char *next = getenv("CUDA_STANDIN_CAPABILITY");
  if (!next || !*next) {
    return 90;
  }
  for (; device > 0 && strchr(next, ','); device--) {
    next = strchr(next, ',') + 1;
  }
  return atoi(next);
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
      return capability_of(device) / 10;
    case 76: /* COMPUTE_CAPABILITY_MINOR */
      return capability_of(device) % 10;
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
  primary_context(device);
  memcpy(uuid->bytes, "dLoRA stand-in \0", 16);
  uuid->bytes[15] = (unsigned char)device;
  return CUDA_SUCCESS;
}

}  // namespace

Context &standin::primary_context(CUdevice device) {
  require(device >= 0 && device < (int)state.primaries.size(), CUDA_ERROR_INVALID_DEVICE);
  return *state.primaries[device];
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
    primary_context(ordinal);
    *device = ordinal;
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetName(char *name, int bytes, CUdevice device) {
  return in_driver({"cuDeviceGetName", "device"}, [&](Lock &) {
    primary_context(device);
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
    primary_context(device);
    *bytes = state.memory.total();
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice device) {
  return in_driver({"cuDeviceGetAttribute", "device"}, [&](Lock &) {
    require(value && attribute > 0);
    primary_context(device);
    *value = attribute_of(attribute, device);
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceComputeCapability(int *major, int *minor, CUdevice device) {
  return in_driver({"cuDeviceComputeCapability", "device"}, [&](Lock &) {
    require(major && minor);
    primary_context(device);
    *major = attribute_of(75, device);
    *minor = attribute_of(76, device);
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetPCIBusId(char *id, int bytes, CUdevice device) {
  return in_driver({"cuDeviceGetPCIBusId", "device"}, [&](Lock &) {
    primary_context(device);
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
    *can = &primary_context(device) != &primary_context(peer) && setting("CUDA_STANDIN_PEERS", 1);
    return CUDA_SUCCESS;
  });
}
