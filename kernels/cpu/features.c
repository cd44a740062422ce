/* Compiled for any x86-64, because it runs before anybody knows the processor. */
#include "dlora.h"

int32_t dlora_abi(void) { return DLORA_ABI; }

int32_t dlora_supported(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bf16");
}
