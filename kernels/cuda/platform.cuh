/* What kernels take from CUDA, or from the emulator where g++ compiles them. */
#ifndef DLORA_PLATFORM_CUH
#define DLORA_PLATFORM_CUH

#include <stdint.h>

#ifdef __CUDACC__
/* Shared memory whose size the launch gives. */
#define DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]
#else
#include "../emulator/emulator.h"
#endif

#define KERNEL extern "C" __global__ void

#define WARP 32
#define ALL_LANES 0xffffffffu

#endif
